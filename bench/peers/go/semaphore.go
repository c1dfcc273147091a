// SPDX-License-Identifier: MIT

// bench/hocket/semaphore.c with a channel that has room for one, Go's semaphore.
package main

var (
	semaphore = make(chan struct{}, 1)
	counter   int64
)

func main() {
	made := contend("semaphore", func(end int64) (done int64) {
		for now() < end {
			for i := 0; i < batch; i++ {
				semaphore <- struct{}{}
				counter++
				<-semaphore
			}
			done += batch
		}
		return done
	})
	if counter != made {
		fail("the counter is %d after %d turns", counter, made)
	}
}
