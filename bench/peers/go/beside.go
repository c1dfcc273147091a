// SPDX-License-Identifier: MIT

// bench/hocket/beside.c with goroutines.
package main

import (
	"sync"
	"syscall"
	"time"
)

const (
	period     = 20 * ms
	slowFor    = 50 * ms
	quickSteps = 1000
)

func quick(first, end int64) (samples []int64) {
	expected := compute(uint64(first)|1, quickSteps)
	for due := first; due < end; due += period {
		if wait := due - now(); wait > 0 {
			time.Sleep(time.Duration(wait))
		}
		if compute(uint64(first)|1, quickSteps) != expected {
			fail("a quick task computed something else")
		}
		samples = append(samples, now()-due)
	}
	return
}

// blockUntil is in a system call that Go is told of, as all of its system calls are.
func blockUntil(until int64) {
	for left := until - now(); left > 0; left = until - now() {
		at := syscall.NsecToTimespec(left)
		syscall.Nanosleep(&at, nil)
	}
}

func slow(block bool, end int64) {
	for now() < end {
		if block {
			blockUntil(now() + slowFor)
		} else {
			spinUntil(now() + slowFor)
		}
		time.Sleep(time.Duration(slowFor))
	}
}

func main() {
	params := readParams(map[string]int64{"workers": 1, "block": 0, "tasks": 100, "ms": 1000})
	var all sync.WaitGroup
	tasks := params["tasks"]
	sets := make([][]int64, tasks)
	name := "beside_spin"

	if params["block"] != 0 {
		name = "beside_block"
	}
	begin := now() + 10*ms
	end := begin + params["ms"]*ms
	all.Add(int(tasks) + 1)
	go func() {
		defer all.Done()
		slow(params["block"] != 0, end)
	}()
	for i := int64(0); i < tasks; i++ {
		go func(i int64) {
			defer all.Done()
			sets[i] = quick(begin+i*period/tasks, end)
		}(i)
	}
	all.Wait()
	var samples []int64
	for _, set := range sets {
		samples = append(samples, set...)
	}
	distribution(name, samples)
}
