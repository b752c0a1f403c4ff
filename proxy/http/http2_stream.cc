#include "proxy/http/http2_stream.h"

#include <cstring>

namespace shaketable::proxy::http {

void BodyQueue::append(Bytes bytes) {
  if (capacity_ - end_ < bytes.size()) {
    const std::size_t held = size();
    if (begin_ > 0) {
      std::memmove(memory_.get(), memory_.get() + begin_, held);
      begin_ = 0;
      end_ = held;
    }
    if (capacity_ - end_ < bytes.size()) {
      const std::size_t wanted = std::max(held + bytes.size(), capacity_ + capacity_ / 4);
      auto* larger = static_cast<char*>(std::realloc(memory_.get(), wanted));
      ASSERT(larger != nullptr);
      (void)memory_.release();
      memory_.reset(larger);
      capacity_ = wanted;
    }
  }
  if (!bytes.empty()) {
    std::memcpy(memory_.get() + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
  }
}

}  // namespace shaketable::proxy::http
