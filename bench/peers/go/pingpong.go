// SPDX-License-Identifier: MIT

// bench/hocket/pingpong.c with goroutines; Go's semaphore is a channel with room for one.
package main

import "sync"

func main() {
	readParams(map[string]int64{"workers": 1})

	perTurn("pingpong", func(n int64) int64 {
		left, right := make(chan struct{}, 1), make(chan struct{}, 1)
		rounds, hits := n/2, int64(0)
		var both sync.WaitGroup
		hit := func(mine, theirs chan struct{}) {
			defer both.Done()
			for i := int64(0); i < rounds; i++ {
				<-mine
				hits++
				theirs <- struct{}{}
			}
		}
		left <- struct{}{}
		both.Add(2)
		begin := now()
		go hit(left, right)
		go hit(right, left)
		both.Wait()
		took := now() - begin
		if hits != 2*rounds {
			fail("%d hits in %d rounds", hits, rounds)
		}
		return took
	})
}
