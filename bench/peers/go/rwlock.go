// SPDX-License-Identifier: MIT

// bench/hocket/rwlock.c with sync.RWMutex.
package main

import "sync"

const writesEvery = 10

var (
	rwlock      sync.RWMutex
	left, right int64
)

func turn(number int64) {
	if number%writesEvery == 0 {
		rwlock.Lock()
		left++
		right++
		rwlock.Unlock()
		return
	}
	rwlock.RLock()
	if left != right {
		fail("a reader saw %d and %d", left, right)
	}
	rwlock.RUnlock()
}

func main() {
	made := contend("rwlock", func(end int64) (done int64) {
		for now() < end {
			for i := 0; i < batch; i++ {
				turn(done)
				done++
			}
		}
		return done
	})
	if left != right || left < made/writesEvery {
		fail("%d and %d writes in %d turns", left, right, made)
	}
}
