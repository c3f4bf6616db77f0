// DistinctEncodings: what a model is given, each sequence once however often it is asked for.
#pragma once

#include <cstddef>
#include <span>
#include <unordered_set>
#include <vector>

#include "text/encoding.h"

namespace crossrank {

/// Encodings with equal ids and segments have equal outputs, to the bit: a row of Engine::outputs depends on its own sequence alone.
class DistinctEncodings {
 public:
  DistinctEncodings() : known_(0, Hash{&encodings_}, Equal{&encodings_}) {}
  DistinctEncodings(const DistinctEncodings&) = delete;
  DistinctEncodings& operator=(const DistinctEncodings&) = delete;

  /// Remembers one more, unless its equal is there already.
  void add(Encoding encoding);

  /// Those that differ, in the order in which each came first.
  std::span<const Encoding> encodings() const { return encodings_; }
  /// For each that was added, its equal in encodings().
  std::span<const size_t> places() const { return places_; }

 private:
  struct Hash {
    const std::vector<Encoding>* encodings;
    size_t operator()(size_t place) const;
  };
  struct Equal {
    const std::vector<Encoding>* encodings;
    bool operator()(size_t a, size_t b) const;
  };

  std::vector<Encoding> encodings_;
  std::vector<size_t> places_;
  std::unordered_set<size_t, Hash, Equal> known_;
};

}  // namespace crossrank
