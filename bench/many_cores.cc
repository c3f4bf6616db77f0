// Where the time of a request goes on machines with more cores than the one at hand: the engine's own schedule, played through with a
// core's measured speed and a given memory bandwidth. docs/many-cores.md reads its tables.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <queue>
#include <vector>

#include "arch/model_folder.h"
#include "arch/multiplications.h"
#include "cli/length_mix.h"
#include "cpu/cpu_engine.h"
#include "cpu/matrix_peak.h"
#include "cpu/schedule.h"
#include "crossrank/error.h"

namespace crossrank {
namespace {

constexpr int kSpecialTokens = 3;
constexpr double kShareOfPeak = 0.8;  // of a core's matrix peak that its groups run at: docs/benchmarks.md
constexpr double kBarrier = 10e-6;    // seconds that threads wait for each other after an operation that they share
constexpr int kOperationsALayer = 8;  // that a sequence alone on all threads shares out
constexpr int kCores[] = {1, 2, 4, 8, 16, 32, 64};

struct Machine {
  double core_rate;  // operations a second of one core
  double bandwidth;  // bytes a second from memory, of all cores together
};

struct Work {
  const ModelFolder* model;
  PackedBatch batch;
  double weight_bytes;  // of the matrices: what a group reads of the model
};

// Seconds, and what the cores did in them: shares of cores x total.
struct Played {
  double total = 0, computing = 0, waiting_for_memory = 0, idle = 0;
};

PackedBatch batch_of(const std::vector<int>& lengths) {
  std::vector<Encoding> encodings;
  encodings.reserve(lengths.size());
  for (const int length : lengths) {
    const std::vector<int32_t> zeros(static_cast<size_t>(length));
    encodings.push_back({zeros, zeros, 0});
  }
  return pack(encodings, 1 << 30).front();
}

double operations(const Work& work, const std::vector<int>& group) {
  double sum = 0;
  for (const int s : group) sum += 2 * multiplications(work.model->encoder, work.model->head, work.batch.length(s), LastLayer::kRowsRead);
  return sum;
}

Played play(const Work& work, const Machine& machine, int cores) {
  const Schedule schedule = make_schedule(work.model->encoder, work.batch, cores, CpuOptions().group_tokens);
  Played played;
  for (const auto& sequence : schedule.alone) {
    const double computing = operations(work, sequence) / machine.core_rate;
    const double barriers = kBarrier * kOperationsALayer * static_cast<double>(work.model->encoder.layers.size());
    const double shared = std::max(computing / cores, work.weight_bytes / machine.bandwidth);
    played.total += shared + barriers;
    played.computing += computing;
    played.waiting_for_memory += cores * shared - computing;
  }
  // A group goes to whichever core is free first. It streams the weights at its share of the bandwidth.
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (int core = 0; core < cores; ++core) free_at.push(played.total);
  double end = played.total;
  for (const auto& group : schedule.groups) {
    const double computing = operations(work, group) / machine.core_rate;
    const double took = std::max(computing, work.weight_bytes * cores / machine.bandwidth);
    const double done = free_at.top() + took;
    free_at.pop();
    free_at.push(done);
    end = std::max(end, done);
    played.computing += computing;
    played.waiting_for_memory += took - computing;
  }
  played.total = end;
  played.idle = cores * end - played.computing - played.waiting_for_memory;
  return played;
}

void print_table(const Work& work, const Machine& machine, int pairs) {
  fmt::print("\n{} pairs, {} tokens; a core computes {:.0f} GFLOP/s, memory gives {:.0f} GB/s; the matrices take {:.0f} MB\n\n", pairs,
             work.batch.tokens(), machine.core_rate / 1e9, machine.bandwidth / 1e9, work.weight_bytes / 1e6);
  fmt::print("| cores | ms | times one core | computing | waiting for memory | idle |\n|---|---|---|---|---|---|\n");
  const double one = play(work, machine, 1).total;
  for (const int cores : kCores) {
    const Played played = play(work, machine, cores);
    const double all = cores * played.total;
    fmt::print("| {} | {:.1f} | {:.1f} | {:.1f}% | {:.1f}% | {:.1f}% |\n", cores, played.total * 1e3, one / played.total,
               100 * played.computing / all, 100 * played.waiting_for_memory / all, 100 * played.idle / all);
  }
}

void run(const char* folder, double bandwidth_gb, ProductPrecision precision, const std::vector<int>& counts) {
  const ModelFolder model = ModelFolder::open(folder);
  const Machine machine = {kShareOfPeak * MatrixPeak(precision, 1).measure(), bandwidth_gb * 1e9};
  const double bytes = precision == ProductPrecision::kInt8 ? 1 : precision == ProductPrecision::kBf16 ? 2 : 4;
  for (const int pairs : counts) {
    std::vector<int> lengths = pair_lengths(parse_length_mix("mixed"), pairs, kSpecialTokens);
    for (int& length : lengths) length = std::min(length, model.max_length);
    print_table({&model, batch_of(lengths), bytes * static_cast<double>(model.matrix_parameters)}, machine, pairs);
  }
}

}  // namespace
}  // namespace crossrank

// usage: crossrank_many_cores MODEL GB_PER_SECOND [f32|bf16|int8]
int main(int argc, char** argv) {
  using crossrank::ProductPrecision;
  const double bandwidth = argc > 2 ? std::atof(argv[2]) : 0;
  const std::string precision = argc > 3 ? argv[3] : "f32";
  if (bandwidth <= 0) {
    std::cerr << "usage: crossrank_many_cores MODEL GB_PER_SECOND [f32|bf16|int8]\n";
    return 2;
  }
  try {
    crossrank::run(argv[1], bandwidth,
                   precision == "int8"   ? ProductPrecision::kInt8
                   : precision == "bf16" ? ProductPrecision::kBf16
                                         : ProductPrecision::kF32,
                   {10, 100, 1000});
  } catch (const crossrank::Error& error) {
    std::cerr << "crossrank_many_cores: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
