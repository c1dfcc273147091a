// SPDX-License-Identifier: MIT

// bench/hocket/select.c with Go's channels.
package main

import (
	"os"
	"runtime"
)

const room = 256

var (
	c   [16]chan uint64
	sum uint64
)

// fill makes a channel full and returns how many items that took.
func fill(channel chan uint64) (sent uint64) {
	for len(channel) < room {
		channel <- 1
		sent++
	}
	return sent
}

func take2(n int64) int64 {
	begin := now()
	for ; n > 0; n-- {
		select {
		case item := <-c[0]:
			sum += item
		case item := <-c[1]:
			sum += item
		}
	}
	return now() - begin
}

func take16(n int64) int64 {
	begin := now()
	for ; n > 0; n-- {
		select {
		case item := <-c[0]:
			sum += item
		case item := <-c[1]:
			sum += item
		case item := <-c[2]:
			sum += item
		case item := <-c[3]:
			sum += item
		case item := <-c[4]:
			sum += item
		case item := <-c[5]:
			sum += item
		case item := <-c[6]:
			sum += item
		case item := <-c[7]:
			sum += item
		case item := <-c[8]:
			sum += item
		case item := <-c[9]:
			sum += item
		case item := <-c[10]:
			sum += item
		case item := <-c[11]:
			sum += item
		case item := <-c[12]:
			sum += item
		case item := <-c[13]:
			sum += item
		case item := <-c[14]:
			sum += item
		case item := <-c[15]:
			sum += item
		}
	}
	return now() - begin
}

func takePlainly(n int64) int64 {
	begin := now()
	for ; n > 0; n-- {
		sum += <-c[0]
	}
	return now() - begin
}

func rounds(n, channels int64, take func(n int64) int64) (took int64) {
	var sent, kept uint64
	sum = 0
	for i := range c {
		c[i] = make(chan uint64, room)
	}
	for left := n; left > 0; {
		some := left
		if some >= room {
			some = room - 1
		}
		for _, channel := range c[:channels] {
			sent += fill(channel)
		}
		took += take(some)
		left -= some
	}
	for _, channel := range c[:channels] {
		kept += uint64(len(channel))
	}
	if sum != uint64(n) || sum+kept != sent {
		fail("%d receives got %d items of %d", n, sum, sent)
	}
	return took
}

func main() {
	channels := readParams(map[string]int64{"channels": 2})["channels"]
	runtime.GOMAXPROCS(1)
	take, there := map[int64]func(n int64) int64{2: take2, 16: take16}[channels]
	if !there {
		os.Exit(77) // the cases of Go's select are in its source
	}
	one := turnNs(func(n int64) int64 { return rounds(n, channels, take) })
	plain := turnNs(func(n int64) int64 { return rounds(n, channels, takePlainly) })
	figure("select", one, "ns")
	figure("select_cost", one/plain, "x")
}
