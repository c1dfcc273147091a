// SPDX-License-Identifier: MIT

// bench/hocket/future.c with goroutines that send their result into a channel with room for it;
// against a goroutine and a WaitGroup (spawn.go).
package main

import "sync"

func await(argument int64) int64 {
	future := make(chan int64, 1)
	go func() { future <- argument + 1 }()
	return <-future
}

func main() {
	readParams(map[string]int64{"workers": 1})

	future := turnNs(func(n int64) int64 {
		done := int64(0)
		begin := now()
		for i := int64(0); i < n; i++ {
			done = await(done)
		}
		took := now() - begin
		if done != n {
			fail("%d goroutines of %d have run", done, n)
		}
		return took
	})
	plain := turnNs(func(n int64) int64 {
		var child sync.WaitGroup
		done := int64(0)
		begin := now()
		for i := int64(0); i < n; i++ {
			child.Add(1)
			go func() {
				done++
				child.Done()
			}()
			child.Wait()
		}
		took := now() - begin
		if done != n {
			fail("%d goroutines of %d have run", done, n)
		}
		return took
	})
	figure("future", future, "ns")
	figure("future_cost", future/plain, "x")
}
