#include "floatsd/report/html.h"

#include "catch.h"
#include "sample_reports.h"

using namespace floatsd::report;

namespace {

bool has(const std::string& page, const std::string& text) {
  return page.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("A report shows every part of a run", "[report]") {
  const std::string page = to_html({sample_report()});
  for (const char* id : {"summary", "training", "layers", "answers", "cost", "graph", "origin"}) {
    INFO(id);
    CHECK(has(page, std::string("<section id=\"") + id + "\">"));
    CHECK(has(page, std::string("href=\"#") + id + "\""));
  }
  CHECK(has(page, "90.10 %"));
  CHECK(has(page, "901 of 1,000 test images"));
  CHECK(has(page, "quantize, epochs 3 to 7"));
  CHECK(has(page, "4 of 5"));   // levels
  CHECK(has(page, "18.2 dB"));  // weights
  CHECK(has(page, "20.2 of 31 bits"));
  CHECK(has(page, "dataset = &quot;mnist&quot;"));
  CHECK(to_html({sample_report()}) == page);
}

TEST_CASE("What is not known leaves no part behind", "[report]") {
  RunReport run = sample_report();
  run.epochs.clear();
  run.answers.reset();
  run.comparison.reset();
  run.images_of_codes = 0;
  for (Layer& layer : run.layers) {
    layer.integers->codes.reset();
    layer.cost.reset();
  }
  const std::string page = to_html({run});
  CHECK(!has(page, "id=\"training\""));
  CHECK(!has(page, "id=\"answers\""));
  CHECK(!has(page, "id=\"cost\""));
  CHECK(has(page, "not evaluated"));
  CHECK(has(page, "not compared"));
  CHECK(!has(page, "Output codes"));
}

TEST_CASE("A float run has no quantized parts", "[report]") {
  const std::string page = to_html({float_report()});
  CHECK(!has(page, "id=\"layers\""));
  CHECK(!has(page, "Mismatches"));
  CHECK(has(page, "float network"));
  CHECK(has(page, "id=\"cost\""));
}

TEST_CASE("Remarks stand at the top", "[report]") {
  RunReport run = sample_report();
  run.remarks = {"This run is not finished: 3 of 8 epochs are done."};
  const std::string page = to_html({run});
  CHECK(page.find("not finished: 3 of 8") < page.find("id=\"summary\""));
}

TEST_CASE("Names from outside are text and nothing else", "[report]") {
  const std::string page = to_html({hostile_report(), sample_report()});
  CHECK(!has(page, "<script"));
  CHECK(!has(page, "<!-- "));
  for (const char* before :
       {"<h1>runs/", "<h3>", "<div>", "<b>", "<td>"}) {  // tips have them whole
    INFO(before);
    CHECK(!has(page, before + std::string(300, 'W')));
  }
  CHECK(has(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST_CASE("Of many classes the matrix becomes tables, of many layers the cards fold", "[report]") {
  const std::string large = to_html({sample_report(200, 200, 1000)});
  CHECK(!has(large, "aria-label=\"Confusion matrix\""));
  CHECK(has(large, "Hardest classes"));
  CHECK(has(large, "<details><summary>Weights and codes of 200 layers"));
  CHECK(has(large, "lowest 30 of 200 layers"));
  CHECK(has(large, "176 others"));
  CHECK(large.size() < 3'000'000);
  CHECK(has(to_html({sample_report(2, 2, 40)}), "aria-label=\"Confusion matrix\""));
}

TEST_CASE("Several runs stand side by side, their layers by name", "[report]") {
  RunReport other = sample_report();
  other.name = "runs/other";
  other.layers[2].name = "only here";
  other.config = "dataset = \"mnist\"\nepochs = 9\n";
  const std::string page = to_html({sample_report(), other});
  CHECK(has(page, "2 runs side by side"));
  CHECK(has(page, "<td>8</td><td>9</td>"));  // epochs, the one key that differs
  CHECK(has(page, "only here"));
  CHECK(has(page, "<details id=\"run-2\">"));
  CHECK(has(page, "id=\"run-2-layers\""));
  CHECK(!has(page, "<section id=\"layers\">"));
  CHECK(has(to_html({sample_report(), sample_report()}), "The configs do not differ."));
}
