// SPDX-License-Identifier: MIT

// bench/hocket/spawn.c with goroutines and a WaitGroup.
package main

import "sync"

func main() {
	readParams(map[string]int64{"workers": 1})

	perTurn("spawn", func(n int64) int64 {
		var child sync.WaitGroup
		var done int64
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
}
