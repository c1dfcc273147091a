// SPDX-License-Identifier: MIT

// What the Go programs share; the counterpart of bench/common/bench.h.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	us = int64(1000)
	ms = int64(1000000)

	warmUp  = 10 * ms
	measure = 200 * ms
)

var started = time.Now()

// now is in ns on the monotonic clock, since the start of the program.
func now() int64 {
	return int64(time.Since(started))
}

func fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, os.Args[0]+": "+format+"\n", arguments...)
	os.Exit(1)
}

// readParams sets the parameters from arguments NAME=NUMBER, and the number of processors.
func readParams(defaults map[string]int64) map[string]int64 {
	for _, argument := range os.Args[1:] {
		name, text, _ := strings.Cut(argument, "=")
		value, err := strconv.ParseInt(text, 10, 64)
		if _, known := defaults[name]; !known || err != nil {
			fmt.Fprintf(os.Stderr, "%s: '%s': must be NAME=NUMBER with a name of: %v\n",
				os.Args[0], argument, defaults)
			os.Exit(64)
		}
		defaults[name] = value
	}
	if workers, there := defaults["workers"]; there {
		runtime.GOMAXPROCS(int(workers))
	}
	return defaults
}

func figure(name string, value float64, unit string) {
	fmt.Printf("%s %.4g %s\n", name, value, unit)
}

// turnNs returns what one turn costs, in ns; turns(n) does n and returns how long they took.
func turnNs(turns func(n int64) int64) float64 {
	n := int64(16)
	took := turns(n)
	for took < warmUp {
		n *= 2
		took = turns(n)
	}
	n = int64(float64(n)*float64(measure)/float64(took)) + 1
	took = turns(n)
	return float64(took) / float64(n)
}

// perTurn prints it.
func perTurn(name string, turns func(n int64) int64) {
	figure(name, turnNs(turns), "ns")
}

// Turns between two looks at the clock, of those that contend.
const batch = 64

// contend prints NAME_rate and NAME_share of goroutines that want the same thing for so long;
// turns(end) makes those of one until then, and returns how many. It returns how many were made.
func contend(name string, turns func(end int64) int64) int64 {
	params := readParams(map[string]int64{"workers": 2, "tasks": 8, "ms": 1000})
	done, made := make([]int64, params["tasks"]), int64(0)
	once := func(ns int64) int64 {
		var all sync.WaitGroup
		begin := now()
		for i := range done {
			all.Add(1)
			go func(i int) {
				done[i] = turns(begin + ns)
				all.Done()
			}(i)
		}
		all.Wait()
		took := now() - begin
		for _, turns := range done {
			made += turns
		}
		return took
	}
	once(params["ms"] * ms / 10)
	before := made
	took := once(params["ms"] * ms)
	fewest := done[0]
	for _, turns := range done {
		if turns < fewest {
			fewest = turns
		}
	}
	measured := float64(made - before)
	figure(name+"_rate", measured*1000/float64(took), "M/s")
	figure(name+"_share", float64(fewest)*float64(len(done))/measured, "share")
	return made
}

// distribution prints NAME_p50, NAME_p99 and NAME_max in us.
func distribution(name string, samples []int64) {
	if len(samples) == 0 {
		fail("%s: there is no sample", name)
	}
	sort.Slice(samples, func(a, b int) bool { return samples[a] < samples[b] })
	for _, part := range []struct {
		name    string
		percent int
	}{{"p50", 50}, {"p99", 99}, {"max", 100}} {
		rank := (len(samples)*part.percent + 99) / 100
		figure(name+"_"+part.name, float64(samples[rank-1])/float64(us), "us")
	}
}

// compute is a fixed amount of computing.
func compute(seed uint64, steps int) uint64 {
	for i := 0; i < steps; i++ {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
	}
	return seed
}

func spinUntil(end int64) {
	seed := uint64(1)
	for now() < end {
		seed = compute(seed, 1000)
	}
	if seed == 0 {
		fail("xorshift came to 0")
	}
}
