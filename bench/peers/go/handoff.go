// SPDX-License-Identifier: MIT

// bench/hocket/handoff.c with Go's channels.
package main

import "sync"

func main() {
	readParams(map[string]int64{"workers": 1})
	channel := make(chan uint64)

	perTurn("handoff", func(n int64) int64 {
		items, sum := uint64(n), uint64(0)
		var both sync.WaitGroup
		both.Add(2)
		begin := now()
		go func() {
			defer both.Done()
			for item := uint64(1); item <= items; item++ {
				channel <- item
			}
		}()
		go func() {
			defer both.Done()
			for left := items; left > 0; left-- {
				sum += <-channel
			}
		}()
		both.Wait()
		took := now() - begin
		if sum != items*(items+1)/2 {
			fail("the items received are not those sent")
		}
		return took
	})
}
