#pragma once

#include <cstdint>

/// Memory for the moment when there is no more, so that one allocation that fails does not end a
/// proxy with all that is under way.
namespace shaketable::proxy::live {

/// Takes the reserve (1 MiB of address space) and installs a new-handler: an allocation that fails
/// gives the reserve back and is tried again; when there is no reserve either, the process says so
/// and ends with exit code 3 (std::bad_alloc would end it by a signal). Once, in `main`.
void keep_memory_reserve();

/// Takes the reserve again after it was needed; nothing when that fails, or it is there. Any
/// thread.
void renew_memory_reserve();

/// How often an allocation has failed so far. Any thread.
[[nodiscard]] std::uint64_t memory_shortages();

}  // namespace shaketable::proxy::live
