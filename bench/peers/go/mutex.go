// SPDX-License-Identifier: MIT

// bench/hocket/mutex.c with sync.Mutex.
package main

import "sync"

var (
	mutex   sync.Mutex
	counter int64
)

func main() {
	readParams(map[string]int64{})

	perTurn("mutex", func(n int64) int64 {
		counter = 0
		begin := now()
		for i := int64(0); i < n; i++ {
			mutex.Lock()
			counter++
			mutex.Unlock()
		}
		took := now() - begin
		if counter != n {
			fail("the counter is %d after %d turns", counter, n)
		}
		return took
	})
}
