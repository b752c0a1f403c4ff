#pragma once

namespace shaketable::engine {

/// Asks the kernel to back the heap of this process by pages of 2 MiB, as far as it will grow
/// within the next half GiB of addresses. A mesh of 1,000 services touches some 10 MiB at random
/// places, more than the processor can translate the addresses of in pages of 4 KiB.
///
/// To be called once, at the start of `main`, before there are threads: all threads then allocate
/// from this one heap. Takes no memory. Where the kernel or the C library has no such thing,
/// nothing happens. `GLIBC_TUNABLES=glibc.malloc.hugetlb=1` does the same from outside.
void use_huge_pages();

}  // namespace shaketable::engine
