package main

import (
	"context"
	"io"
	"syscall"
	"time"
)

const users = 50

func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func measureSites(ctx context.Context, o options, out, notes io.Writer) error { return nil }
