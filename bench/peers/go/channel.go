// SPDX-License-Identifier: MIT

// bench/hocket/channel.c with Go's channels.
package main

import "sync"

func main() {
	params := readParams(map[string]int64{"workers": 1, "pairs": 1})
	pairs := params["pairs"]
	channel := make(chan uint64, 128)

	perTurn("channel", func(n int64) int64 {
		items := uint64((n + pairs - 1) / pairs)
		sums := make([]uint64, pairs)
		var all sync.WaitGroup
		all.Add(int(2 * pairs))
		begin := now()
		for i := int64(0); i < pairs; i++ {
			go func() {
				defer all.Done()
				for item := uint64(1); item <= items; item++ {
					channel <- item
				}
			}()
			go func(i int64) {
				defer all.Done()
				sum := uint64(0)
				for left := items; left > 0; left-- {
					sum += <-channel
				}
				sums[i] = sum
			}(i)
		}
		all.Wait()
		took := now() - begin
		sum := uint64(0)
		for _, one := range sums {
			sum += one
		}
		if sum != uint64(pairs)*(items*(items+1)/2) {
			fail("the items received are not those sent")
		}
		return took
	})
}
