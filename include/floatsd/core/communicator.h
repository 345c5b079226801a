#pragma once
// Communicator: processes ("ranks") that work on one thing together. A transport moves
// bytes between two of them; whatever else ranks do together is made of it, here.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "floatsd/core/error.h"

namespace floatsd {

/// Every call is collective: all ranks make the same calls in the same order.
class Communicator {
 public:
  Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  virtual ~Communicator() = default;

  /// 0 to size() - 1.
  [[nodiscard]] virtual int rank() const = 0;
  /// At least 1.
  [[nodiscard]] virtual int size() const = 0;
  /// Sends bytes to another rank, and receives as many as it sends to this one.
  void exchange(int partner, std::span<const std::byte> sent, std::span<std::byte> received);

  /// What this rank has sent so far, and how long that took, waiting for partners included.
  struct Traffic {
    int64_t messages = 0, bytes = 0;
    double seconds = 0;
  };
  [[nodiscard]] const Traffic& traffic() const { return traffic_; }

 private:
  virtual void transport(int partner, std::span<const std::byte> sent,
                         std::span<std::byte> received) = 0;

  Traffic traffic_;
};

/// One process by itself.
class Alone final : public Communicator {
 public:
  [[nodiscard]] int rank() const override { return 0; }
  [[nodiscard]] int size() const override { return 1; }

 private:
  void transport(int partner, std::span<const std::byte> sent,
                 std::span<std::byte> received) override;
};

/// values[i] = the sum of all ranks' values[i], added up in a fixed order, ((0 + 1) + (2 + 3)) +
/// ...: all ranks get the same bits, and 2 ranks that hold sums of two neighbours each get those of
/// 4. Requires a power of two of ranks, which all give as many values. Sends 2 (size - 1) / size of
/// them from each rank (Rabenseifner 2004: recursive halving and doubling).
void sum_over_ranks(Communicator& ranks, std::span<float> values);
void sum_over_ranks(Communicator& ranks, std::span<double> values);

/// values[i] = the largest of all ranks' values[i]; not a number if one of them is not.
void max_over_ranks(Communicator& ranks, std::span<float> values);

/// What each rank says, by rank.
std::vector<std::string> gather_texts(Communicator& ranks, const std::string& own);

/// What one rank refused, as all ranks throw it.
class ErrorOfRanks : public Error {
 public:
  using Error::Error;
};

/// Runs `work` on each rank. If it throws Error or Diverged on some of them, all throw what the
/// first of them did, ErrorOfRanks or Diverged, and none is left waiting for the others.
void agree(Communicator& ranks, const std::function<void()>& work);

}  // namespace floatsd
