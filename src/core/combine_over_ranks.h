#pragma once
// Combine over ranks: all ranks' values become one, by messages of whole arrays.

#include <algorithm>
#include <bit>
#include <span>
#include <vector>

#include "floatsd/core/communicator.h"

namespace floatsd {

/// values[i] = all ranks' values[i] combined. With 1, 2, 4, 8 ... ranks the order is that of a
/// tree, so any operation gives all ranks the same result. With other numbers the operation must
/// not depend on the order.
template <typename T, typename Combine>
void combine_over_ranks(Communicator& ranks, std::span<T> values, const Combine& combine) {
  std::vector<T> received(values.size());
  const auto exchange = [&](int partner) {
    ranks.exchange(partner, std::as_bytes(values), std::as_writable_bytes(std::span(received)));
  };
  const auto take_in = [&] {
    std::transform(values.begin(), values.end(), received.begin(), values.begin(), combine);
  };
  // Ranks beyond a power of two give their values to a partner, and are told the result.
  const int inner = static_cast<int>(std::bit_floor(static_cast<unsigned>(ranks.size())));
  const int rank = ranks.rank();
  if (rank >= inner) {
    exchange(rank - inner);
    exchange(rank - inner);
    std::copy(received.begin(), received.end(), values.begin());
    return;
  }
  const bool has_partner = rank + inner < ranks.size();
  if (has_partner) {
    exchange(rank + inner);
    take_in();
  }
  for (int distance = 1; distance < inner; distance *= 2) {
    exchange(rank ^ distance);
    take_in();
  }
  if (has_partner) {
    exchange(rank + inner);
  }
}

}  // namespace floatsd
