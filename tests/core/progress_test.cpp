#include "floatsd/core/progress.h"

#include <string>
#include <vector>

#include "catch.h"

using floatsd::OnProgress;
using floatsd::Work;
using floatsd::WorkDone;

namespace {

std::string text(const WorkDone& work) {
  return work.stage + " " + std::to_string(work.done) + "/" + std::to_string(work.total) + " " +
         work.unit + (work.detail.empty() ? "" : " " + work.detail);
}

}  // namespace

TEST_CASE("Work tells that it begins and each part that is done", "[progress]") {
  std::vector<std::string> told;
  Work work([&](const WorkDone& done) { told.push_back(text(done)); }, "observe", "images", 250);
  work.advance(100);
  work.advance(150, "conv1");
  CHECK(told == std::vector<std::string>{"observe 0/250 images", "observe 100/250 images",
                                         "observe 250/250 images conv1"});
}

TEST_CASE("A stage inside a work counts as the work's, and several one after another",
          "[progress]") {
  std::vector<std::string> told;
  Work work([&](const WorkDone& done) { told.push_back(text(done)); }, "analyze", "images", 8);
  for (const char* layer : {"conv1", "conv2"}) {
    Work part(work.part(layer), "evaluate", "images", 4);
    part.advance(3);
    part.advance(1);
  }
  CHECK(told.back() == "analyze 8/8 images conv2");
  CHECK(told[2] == "analyze 3/8 images conv1");
}

TEST_CASE("Work whose progress nobody wants calls nobody", "[progress]") {
  Work work({}, "observe", "images", 1);
  CHECK(!work.part("conv1"));
  work.advance(1);
}
