// SPDX-License-Identifier: MIT

// bench/hocket/yield.c with goroutines and runtime.Gosched().
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
)

func main() {
	workers := readParams(map[string]int64{"workers": 1})["workers"]

	perTurn("yield", func(n int64) int64 {
		var all sync.WaitGroup
		var done int64
		begin := now()
		for i := int64(0); i < 2*workers; i++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for left := n / 2; left > 0; left-- {
					runtime.Gosched()
				}
				atomic.AddInt64(&done, n/2)
			}()
		}
		all.Wait()
		took := now() - begin
		if done != 2*workers*(n/2) {
			fail("%d yields of %d", done, 2*workers*(n/2))
		}
		return took
	})
}
