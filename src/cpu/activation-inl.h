// activation-inl: the element-wise functions of ActivationKind and their derivatives on vectors, for one instruction set at a time.
#if defined(CROSSRANK_CPU_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_ACTIVATION_INL_H_
#undef CROSSRANK_CPU_ACTIVATION_INL_H_
#else
#define CROSSRANK_CPU_ACTIVATION_INL_H_
#endif

#include <hwy/highway.h>

#include "arch/spec.h"
#include "cpu/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// s = 1 / (1 + e^-x), and its slope s (1 - s). As s e^-x, 1 - s keeps its digits where s is near 1.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid_slope(D d, V x, V& share) {
  const V power = exp_of(d, hn::Neg(within(d, x, 60.0f)));
  share = reciprocal_of(d, hn::Add(power, hn::Set(d, 1.0f)));
  return hn::Mul(share, hn::Mul(share, power));
}

// Calling one gives f(x); slope() gives f'(x).
struct Identity {
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D, V x) const {
    return x;
  }
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V slope(D d, V) const {
    return hn::Set(d, 1.0f);
  }
};
struct Gelu {
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D d, V x) const {
    return gelu_of(d, x);
  }
  // Phi(x) + x phi(x).
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V slope(D d, V x) const {
    const V bounded = within(d, x, 14.0f);  // beyond, the slope is 0 or 1 in f32, but its terms might overflow
    const V density = hn::Mul(exp_of(d, hn::Mul(hn::Mul(bounded, bounded), hn::Set(d, -0.5f))), hn::Set(d, 0.398942280f));
    return hn::MulAdd(bounded, density, hn::Add(half_erf_of(d, x), hn::Set(d, 0.5f)));
  }
};
struct GeluTanh {
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D d, V x) const {
    return gelu_tanh_of(d, x);
  }
  // Of x * s(u(x)), s the sigmoid: s + x s (1 - s) u'.
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V slope(D d, V x) const {
    const V bounded = within(d, x, 12.0f);
    const V square = hn::Mul(bounded, bounded);
    const V inner = hn::Mul(bounded, hn::MulAdd(square, hn::Set(d, 0.0713548163f), hn::Set(d, 1.59576912f)));
    const V inner_slope = hn::MulAdd(square, hn::Set(d, 0.214064449f), hn::Set(d, 1.59576912f));
    V share;
    const V share_slope = sigmoid_slope(d, inner, share);
    return hn::MulAdd(hn::Mul(bounded, inner_slope), share_slope, share);
  }
};
struct Relu {
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D d, V x) const {
    return at_least(d, x, 0.0f);
  }
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V slope(D d, V x) const {
    return hn::IfThenElseZero(hn::Gt(x, hn::Zero(d)), hn::Set(d, 1.0f));
  }
};
struct Silu {
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Mul(x, sigmoid_of(d, x));
  }
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V slope(D d, V x) const {
    V share;
    const V share_slope = sigmoid_slope(d, x, share);
    return hn::MulAdd(within(d, x, 60.0f), share_slope, share);
  }
};
struct Tanh {
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D d, V x) const {
    return tanh_of(d, x);
  }
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V slope(D d, V x) const {
    const V value = tanh_of(d, x);
    return hn::NegMulAdd(value, value, hn::Set(d, 1.0f));
  }
};
struct Sigmoid {
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D d, V x) const {
    return sigmoid_of(d, x);
  }
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V slope(D d, V x) const {
    V share;
    return sigmoid_slope(d, x, share);
  }
};

// Calls body(function) with the function of `kind`.
template <class Body>
HWY_INLINE void with_function(ActivationKind kind, const Body& body) {
  switch (kind) {
    case ActivationKind::kIdentity:
      return body(Identity());
    case ActivationKind::kGelu:
      return body(Gelu());
    case ActivationKind::kGeluTanh:
      return body(GeluTanh());
    case ActivationKind::kRelu:
      return body(Relu());
    case ActivationKind::kSilu:
      return body(Silu());
    case ActivationKind::kTanh:
      return body(Tanh());
    case ActivationKind::kSigmoid:
      return body(Sigmoid());
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_ACTIVATION_INL_H_
