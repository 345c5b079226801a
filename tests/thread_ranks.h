#pragma once
// Ranks that are threads of one process: a transport for tests.

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "floatsd/core/communicator.h"

class ThreadRanks {
 public:
  /// Runs work(communicator) on `size` threads, one a rank, and throws what one of them throws. The
  /// others then end, too.
  template <typename Work>
  static void run(int size, const Work& work) {
    ThreadRanks ranks(size);
    {
      std::vector<std::jthread> threads;
      for (int rank = 0; rank < size; ++rank) {
        threads.emplace_back([&ranks, &work, rank] {
          try {
            Rank communicator(ranks, rank);
            work(communicator);
          } catch (...) {
            ranks.fail(std::current_exception());
          }
        });
      }
    }
    if (ranks.failure_) {
      std::rethrow_exception(ranks.failure_);
    }
  }

 private:
  using Message = std::vector<std::byte>;

  class Rank final : public floatsd::Communicator {
   public:
    Rank(ThreadRanks& ranks, int rank) : ranks_(ranks), rank_(rank) {}
    [[nodiscard]] int rank() const override { return rank_; }
    [[nodiscard]] int size() const override { return ranks_.size_; }

   private:
    void transport(int partner, std::span<const std::byte> sent,
                   std::span<std::byte> received) override {
      ranks_.send({rank_, partner}, {sent.begin(), sent.end()});
      const Message message = ranks_.receive({partner, rank_});
      if (message.size() != received.size()) {
        throw std::logic_error("a message of another length");
      }
      std::copy(message.begin(), message.end(), received.begin());
    }

    ThreadRanks& ranks_;
    int rank_;
  };

  explicit ThreadRanks(int size) : size_(size) {}

  void send(std::pair<int, int> way, Message message) {
    const std::lock_guard lock(mutex_);
    messages_[way].push_back(std::move(message));
    moved_.notify_all();
  }

  Message receive(std::pair<int, int> way) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return failure_ || !messages_[way].empty(); });
    if (failure_) {
      throw std::runtime_error("another rank failed");
    }
    Message message = std::move(messages_[way].front());
    messages_[way].pop_front();
    return message;
  }

  void fail(const std::exception_ptr& failure) {
    const std::lock_guard lock(mutex_);
    failure_ = failure_ ? failure_ : failure;
    moved_.notify_all();
  }

  int size_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::map<std::pair<int, int>, std::deque<Message>> messages_;
  std::exception_ptr failure_;
};
