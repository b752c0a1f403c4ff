#!/bin/sh
# The core must not be able to read a clock, draw the machine's entropy, open a socket or a file,
# start a thread, take a lock, or look at the environment; nor call libm's log/exp/pow/sin/cos, whose
# last bit depends on the CPU. The linker's view cannot be fooled by a new include.
# usage: check_pure.sh LIB.a...
set -eu
[ $# -gt 0 ] || { echo "usage: check_pure.sh LIB.a..." >&2; exit 2; }
for archive in "$@"; do
  [ -f "$archive" ] || { echo "no archive $archive" >&2; exit 1; }
done

clock='clock_gettime|gettimeofday|chrono3_V2[0-9a-z_]*3nowEv|nanosleep|U (time|clock|times|sleep|usleep)$'
entropy='random_device|getrandom|U (rand|rand_r|random|srand|drand48|arc4random)$'
files='U (open|open64|fopen|fopen64|read|mmap|mmap64)$|basic_[io]?fstream|basic_filebuf|filesystem'
sockets='U (socket|connect|accept|listen|send|recv|sendmsg|recvmsg)$|epoll_'
threads='pthread_create|pthread_mutex_lock|St6thread'
world='getenv|U (system|fork|execve|popen)$'
libm='U (log|log2|log10|log1p|exp|exp2|expm1|pow|sin|cos|tan)[fl]?$'

symbols=$(nm --print-file-name --undefined-only "$@" 2>/dev/null)
[ -n "$symbols" ] || { echo "nm found no symbols in $*" >&2; exit 1; }
bad=$(printf '%s\n' "$symbols" | grep -E "$clock|$entropy|$files|$sockets|$threads|$world|$libm" || true)
[ -z "$bad" ] && exit 0
printf 'impure symbols:\n%s\n' "$bad"
exit 1
