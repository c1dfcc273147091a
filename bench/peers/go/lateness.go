// SPDX-License-Identifier: MIT

// bench/hocket/lateness.c with goroutines.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// monotonic is the clock that the sender writes.
func monotonic() int64 {
	var at syscall.Timespec
	const clockMonotonic = 1
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&at)), 0)
	return at.Nano()
}

// startSender starts bench/common/sender_main.c, which lies beside the folder of this program.
func startSender(duration int64) *os.File {
	ends, err := syscall.Socketpair(syscall.AF_UNIX,
		syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		fail("socketpair: %v", err)
	}
	syscall.SetNonblock(ends[1], false)
	theirs := os.NewFile(uintptr(ends[1]), "theirs")
	sender := exec.Command(filepath.Join(filepath.Dir(os.Args[0]), "..", "sender"),
		fmt.Sprintf("ms=%d", duration/ms))
	sender.ExtraFiles = []*os.File{theirs}
	sender.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := sender.Start(); err != nil {
		fail("sender: %v", err)
	}
	theirs.Close()
	return os.NewFile(uintptr(ends[0]), "ours")
}

func read(socket *os.File) (samples []int64) {
	message := make([]byte, 8)
	for {
		if got, _ := socket.Read(message); got != len(message) {
			return
		}
		samples = append(samples, monotonic()-int64(binary.LittleEndian.Uint64(message)))
	}
}

func sleep(end int64) (samples []int64) {
	for now() < end {
		begin := now()
		time.Sleep(time.Millisecond)
		samples = append(samples, now()-begin-ms)
	}
	return
}

func main() {
	params := readParams(map[string]int64{"workers": 1, "hogs": 4, "ms": 1000, "socket": 0})
	var all sync.WaitGroup
	var samples []int64
	var socket *os.File
	name := "lateness"

	if params["socket"] != 0 {
		name = "lateness_socket"
		socket = startSender(params["ms"] * ms)
	}
	end := now() + params["ms"]*ms
	all.Add(1)
	go func() {
		defer all.Done()
		if socket != nil {
			samples = read(socket)
		} else {
			samples = sleep(end)
		}
	}()
	for i := int64(0); i < params["workers"]*params["hogs"]; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			spinUntil(end)
		}()
	}
	all.Wait()
	distribution(name, samples)
}
