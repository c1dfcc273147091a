/* SPDX-License-Identifier: MIT */
/* Hocket: write a program once, as tasks; execute it any way. Reading order. */
#ifndef HOCKET_H
#define HOCKET_H

#include <hocket/base.h>
#include <hocket/time.h>
#include <hocket/run.h>
#include <hocket/scope.h>
#include <hocket/task.h>
#include <hocket/local.h>
#include <hocket/lock.h>
#include <hocket/meet.h>
#include <hocket/chan.h>
#include <hocket/select.h>
#include <hocket/inbox.h>
#include <hocket/io.h>
#include <hocket/trace.h>
#include <hocket/see.h>

#endif
