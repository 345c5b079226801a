#include "require_threads.h"

#include <latch>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "floatsd/core/error.h"

namespace floatsd::app {

void require_threads(int count) {
  std::latch leave(1);
  std::vector<std::jthread> threads;  // beside this one
  try {
    while (static_cast<int>(threads.size()) + 1 < count) {
      threads.emplace_back([&leave] { leave.wait(); });
    }
    leave.count_down();
  } catch (const std::system_error& error) {
    leave.count_down();
    throw Error("--threads: " + std::to_string(count) + ", expected at most " +
                std::to_string(threads.size() + 1) + " here (" + error.code().message() + ")");
  }
}

}  // namespace floatsd::app
