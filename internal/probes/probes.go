// Package probes has programs that run in the kernel (eBPF) and say which process uses
// a socket (Sockets), and which packets are thrown away (Drops). Their instructions are
// put together here, with the places of fields from the kernel's own description of its
// types (BTF): nothing is compiled, and one program runs on different kernels.
//
// What a program has to say comes through a Ring, which needs no privileges once it is
// open. Opening takes CAP_BPF and CAP_PERFMON, or root.
package probes
