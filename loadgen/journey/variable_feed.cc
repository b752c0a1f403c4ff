#include "loadgen/journey/variable_feed.h"

#include <algorithm>
#include <bit>

#include "proxy/base/bits.h"

namespace shaketable::loadgen {
namespace {

std::string random_text(std::uint32_t length, proxy::Rng& rng) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string text(length, ' ');
  for (char& c : text) {
    c = kLetters[rng.below(kLetters.size())];
  }
  return text;
}

}  // namespace

std::uint64_t permuted(std::uint64_t index, std::uint64_t count, std::uint64_t key) {
  // A Feistel network over the next even number of bits; what falls outside walks on.
  const auto half = static_cast<unsigned>((std::bit_width(count > 1 ? count - 1 : 1) + 1) / 2);
  const std::uint64_t mask = (std::uint64_t{1} << half) - 1;
  do {
    std::uint64_t left = index >> half;
    std::uint64_t right = index & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      const std::uint64_t next = left ^ (proxy::mix64(right ^ proxy::mix64(key + round)) & mask);
      left = right;
      right = next;
    }
    index = left << half | right;
  } while (index >= count);
  return index;
}

VariableFeed::VariableFeed(std::span<const VariableSource> sources, std::uint64_t seed, Share share)
    : sources_(sources),
      seed_(seed),
      share_(share),
      places_(std::make_unique<std::atomic<std::uint64_t>[]>(sources.size())) {}

bool VariableFeed::renews(VariableSource::Renewal when) const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [when](const VariableSource& source) { return source.renewal == when; });
}

bool VariableFeed::renew(VariableSource::Renewal when, const Taker& taker, proxy::Rng& rng,
                         std::vector<std::string>& values) {
  bool is_enough = true;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i].renewal == when) {
      is_enough = take(i, taker, rng, values) && is_enough;
    }
  }
  return is_enough;
}

std::uint64_t VariableFeed::next_place(std::size_t source) {
  const std::uint64_t taken = places_[source].fetch_add(1, std::memory_order_relaxed);
  return taken * share_.count + share_.index;
}

std::optional<std::uint64_t> VariableFeed::place_in(std::size_t number, std::uint64_t count,
                                                    const Taker& taker, proxy::Rng& rng) {
  switch (sources_[number].order) {
    case VariableSource::Order::kInOrder:
      if (taker.arrival) {
        return *taker.arrival % count;
      }
      return count == 1 ? 0 : next_place(number) % count;
    case VariableSource::Order::kRandom:
      return rng.below(count);
    case VariableSource::Order::kShuffled: {
      const std::uint64_t place = next_place(number);
      return permuted(place % count, count, seed_ ^ proxy::mix64(place / count + number));
    }
    case VariableSource::Order::kOnce: {
      const std::uint64_t place = next_place(number);
      return place < count ? std::optional(place) : std::nullopt;
    }
    case VariableSource::Order::kByWorker:
      return taker.worker % count;
  }
  return 0;
}

bool VariableFeed::take(std::size_t number, const Taker& taker, proxy::Rng& rng,
                        std::vector<std::string>& values) {
  const VariableSource& source = sources_[number];
  const auto span =
      static_cast<std::uint64_t>(source.high) - static_cast<std::uint64_t>(source.low);
  std::string& value = values[source.columns.front()];
  switch (source.kind) {
    case VariableSource::Kind::kRows: {
      const auto row = place_in(number, source.rows.size(), taker, rng);
      for (std::size_t i = 0; row && i < source.columns.size(); ++i) {
        values[source.columns[i]] = source.rows[*row][i];
      }
      return row.has_value();
    }
    case VariableSource::Kind::kRange: {
      const auto place =
          place_in(number, span / static_cast<std::uint64_t>(source.step) + 1, taker, rng);
      if (place) {
        value = std::to_string(source.low + static_cast<std::int64_t>(*place) * source.step);
      }
      return place.has_value();
    }
    case VariableSource::Kind::kRandom:
      value = std::to_string(source.low + static_cast<std::int64_t>(rng.below(span + 1)));
      return true;
    case VariableSource::Kind::kRandomText:
      value = random_text(source.length, rng);
      return true;
    case VariableSource::Kind::kUuid:
      value = random_uuid(rng);
      return true;
  }
  return true;
}

std::string random_uuid(proxy::Rng& rng) {
  constexpr char kHex[] = "0123456789abcdef";
  // Version 4, variant 1: RFC 9562.
  const std::uint64_t high = (rng.next() & 0xffff'ffff'ffff'0fffU) | 0x4000U;
  const std::uint64_t low = (rng.next() & 0x3fff'ffff'ffff'ffffU) | 0x8000'0000'0000'0000U;
  std::string text;
  for (unsigned i = 0; i < 32; ++i) {
    text += i == 8 || i == 12 || i == 16 || i == 20 ? "-" : "";
    text += kHex[(i < 16 ? high >> (60U - 4U * i) : low >> (60U - 4U * (i - 16U))) & 15U];
  }
  return text;
}

}  // namespace shaketable::loadgen
