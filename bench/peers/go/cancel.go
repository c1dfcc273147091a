// SPDX-License-Identifier: MIT

// bench/hocket/cancel.c with goroutines that wait for a channel, or for their context to be done.
package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

func cancelAll(tasks int64) int64 {
	var waiting, cancelled int64
	var all sync.WaitGroup
	never := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	all.Add(int(tasks))
	for i := int64(0); i < tasks; i++ {
		go func() {
			defer all.Done()
			atomic.AddInt64(&waiting, 1)
			select {
			case <-never:
			case <-ctx.Done():
				atomic.AddInt64(&cancelled, 1)
			}
		}()
	}
	for atomic.LoadInt64(&waiting) < tasks {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
	begin := now()
	cancel()
	all.Wait()
	took := now() - begin
	if cancelled != tasks {
		fail("%d of %d goroutines were cancelled", cancelled, tasks)
	}
	return took
}

func main() {
	tasks := readParams(map[string]int64{"workers": 1, "tasks": 100000})["tasks"]

	cancelAll(tasks)
	figure("cancel", float64(cancelAll(tasks))/float64(us)/float64(tasks), "us")
}
