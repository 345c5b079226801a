#include "floatsd/core/communicator.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "core/combine_over_ranks.h"

namespace floatsd {
namespace {

template <typename T>
void exchange(Communicator& ranks, int partner, std::span<const T> sent, std::span<T> received) {
  ranks.exchange(partner, std::as_bytes(sent), std::as_writable_bytes(received));
}

/// A part of the values, and how it is halved.
struct Part {
  size_t begin, end;
  [[nodiscard]] size_t middle() const { return begin + (end - begin) / 2; }
};

/// Each rank ends with the sums of one part. Ranks at that distance hold the same part, summed over
/// neighbouring subtrees.
template <typename T>
std::vector<Part> sum_halves(Communicator& ranks, std::span<T> values) {
  std::vector<Part> parts = {{0, values.size()}};
  std::vector<T> received;
  for (int distance = 1; distance < ranks.size(); distance *= 2) {
    const Part all = parts.back();
    const bool is_lower = (ranks.rank() & distance) == 0;
    const Part kept = is_lower ? Part{all.begin, all.middle()} : Part{all.middle(), all.end};
    const Part given = is_lower ? Part{all.middle(), all.end} : Part{all.begin, all.middle()};
    received.resize(kept.end - kept.begin);
    // The partner gives what this rank keeps, which may be one value more or less than it is given.
    std::vector<T> sent(values.begin() + given.begin, values.begin() + given.end);
    const size_t longer = std::max(sent.size(), received.size());
    sent.resize(longer);
    received.resize(longer);
    exchange<T>(ranks, ranks.rank() ^ distance, sent, received);
    for (size_t i = kept.begin; i < kept.end; ++i) {
      values[i] += received[i - kept.begin];
    }
    parts.push_back(kept);
  }
  return parts;
}

/// The way back: each rank gets the other half's sums from who made them.
template <typename T>
void collect_halves(Communicator& ranks, std::span<T> values, std::vector<Part> parts) {
  for (int distance = ranks.size() / 2; distance >= 1; distance /= 2) {
    const Part made = parts.back();
    parts.pop_back();
    const Part all = parts.back();
    const Part missing =
        made.begin == all.begin ? Part{made.end, all.end} : Part{all.begin, made.begin};
    std::vector<T> sent(values.begin() + made.begin, values.begin() + made.end);
    std::vector<T> received(missing.end - missing.begin);
    const size_t count = received.size();
    const size_t longer = std::max(sent.size(), count);
    sent.resize(longer);
    received.resize(longer);
    exchange<T>(ranks, ranks.rank() ^ distance, sent, received);
    std::copy_n(received.begin(), count, values.begin() + missing.begin);
  }
}

/// Few values: one message at each distance instead of two.
constexpr size_t kFew = 1024;

template <typename T>
void sum(Communicator& ranks, std::span<T> values) {
  if (values.size() <= kFew) {
    combine_over_ranks(ranks, values, [](T a, T b) { return a + b; });
  } else {
    collect_halves(ranks, values, sum_halves(ranks, values));
  }
}

}  // namespace

void Communicator::exchange(int partner, std::span<const std::byte> sent,
                            std::span<std::byte> received) {
  const auto start = std::chrono::steady_clock::now();
  transport(partner, sent, received);
  traffic_.seconds +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  traffic_.bytes += static_cast<int64_t>(sent.size());
  ++traffic_.messages;
}

void Alone::transport(int partner, std::span<const std::byte> /*sent*/,
                      std::span<std::byte> /*received*/) {
  throw Error("rank " + std::to_string(partner) + ": there is no other rank than 0");
}

void sum_over_ranks(Communicator& ranks, std::span<float> values) { sum(ranks, values); }
void sum_over_ranks(Communicator& ranks, std::span<double> values) { sum(ranks, values); }

void max_over_ranks(Communicator& ranks, std::span<float> values) {
  // What is not a number stays so on all ranks, which then refuse it together; of two zeros all
  // take the positive one.
  combine_over_ranks(ranks, values, [](float a, float b) {
    return std::isnan(a) || a > b || (a == b && !std::signbit(a)) ? a : b;
  });
}

std::vector<std::string> gather_texts(Communicator& ranks, const std::string& own) {
  std::vector<std::string> texts(static_cast<size_t>(ranks.size()));
  texts[ranks.rank()] = own;
  for (int round = 0; round < ranks.size(); ++round) {
    // In each round ranks meet in pairs, and one or two of them nobody.
    const int partner = (round - ranks.rank() + ranks.size()) % ranks.size();
    if (partner == ranks.rank()) {
      continue;
    }
    const uint64_t length = own.size();
    uint64_t theirs = 0;
    exchange<uint64_t>(ranks, partner, {&length, 1}, {&theirs, 1});
    std::string sent = own;
    std::string received(std::max(length, theirs), '\0');
    sent.resize(received.size());
    exchange<char>(ranks, partner, sent, received);
    received.resize(theirs);
    texts[partner] = received;
  }
  return texts;
}

void agree(Communicator& ranks, const std::function<void()>& work) {
  constexpr char kRefused = 'E', kDiverged = 'D';
  if (ranks.size() == 1) {
    work();
    return;
  }
  std::string own;
  try {
    work();
  } catch (const Error& error) {
    own = kRefused + std::string(error.what());
  } catch (const Diverged& error) {
    own = kDiverged + std::string(error.what());
  }
  for (const std::string& text : gather_texts(ranks, own)) {
    if (text.starts_with(kDiverged)) {
      throw Diverged(text.substr(1));
    }
    if (text.starts_with(kRefused)) {
      throw ErrorOfRanks(text.substr(1));
    }
  }
}

}  // namespace floatsd
