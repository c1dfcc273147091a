// SPDX-License-Identifier: MIT

// bench/hocket/mutex_contended.c with sync.Mutex.
package main

import "sync"

var (
	mutex   sync.Mutex
	counter int64
)

func main() {
	made := contend("mutex", func(end int64) (done int64) {
		for now() < end {
			for i := 0; i < batch; i++ {
				mutex.Lock()
				counter++
				mutex.Unlock()
			}
			done += batch
		}
		return done
	})
	if counter != made {
		fail("the counter is %d after %d turns", counter, made)
	}
}
