// Writes the pages and the pictures that pages_test.py looks at in a browser.
//
// usage: write_sample_reports FOLDER

#include <filesystem>

#include "core/file.h"
#include "floatsd/report/html.h"
#include "report/bar_chart.h"
#include "report/scatter_chart.h"
#include "sample_reports.h"

using namespace floatsd;

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const auto write = [&](const char* name, const std::vector<RunReport>& runs) {
    write_file(folder / name, report::to_html(runs));
  };
  RunReport second = sample_report();
  second.name = "runs/second";
  second.epochs.resize(5);
  second.config = "dataset = \"mnist\"\nepochs = 5\n";
  RunReport single_epoch = sample_report(1, 1, 2);
  write("ordinary.html", {sample_report()});
  write("single.html", {single_epoch});
  write("classes.html", {sample_report(8, 6, 40)});
  write("float.html", {float_report()});
  write("hostile.html", {hostile_report()});
  write("large.html", {sample_report(200, 200, 1000)});
  write("compared.html", {sample_report(), second, float_report()});
  write("compared-hostile.html", {hostile_report(), sample_report()});

  report::BarChart bars{.title = "Points lost <in> \"one\" layer", .width = 760};
  std::vector<report::Point> points;
  for (const std::string& name : hostile_names()) {
    bars.bars.push_back({name, {static_cast<double>(bars.bars.size())}, "1.25"});
    points.push_back({name, 4, 90 + 0.01 * static_cast<double>(points.size())});
  }
  write_file(folder / "bars.svg", report::bar_chart(bars).file());
  points.push_back({"int8", 8, 99});
  write_file(folder / "scatter.svg",
             report::scatter_chart("Sweep", "accuracy, %", {{"bits", points}, {"products", points}},
                                   report::Point{"float32", 0, 99.2})
                 .file());
}
