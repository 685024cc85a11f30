#!/usr/bin/env python3
"""Every formula that src/flow/math.md marks (V), checked numerically: numpy only, small sizes, 10 to 25 seconds on one core.

`python3 tests/math/check_math.py` prints what math.md has as section 14, and ends with status 1 if a check fails.

Conventions (same as math.md)
  V            tokens per axis (K data tokens, +1 if a mask token is used), N = 2 axes
  p[z1,z2]     a pmf on the grid
  N1[i][y,z1,z2] = P(X1^i = y, X_t = z)          (denoiser joint),  D[i] = N1[i]/p  (denoiser)
  N0[i][y,z1,z2] = P(X0^i = y, X_t = z)          (noise-prediction joint)
  F[i][y,z1,z2]  = probability flux from z to (z with token i replaced by y), zero on y == z^i
"""
import os
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import sys, time
import itertools
import numpy as np

T_START = time.time()
RNG = np.random.default_rng(20240722)
RESULTS = []
pi_ = np.pi


def check(name, err, tol, extra=""):
    err = float(err)
    ok = bool(np.isfinite(err) and err <= tol)
    RESULTS.append((name, ok))
    print(f"[{'PASS' if ok else 'FAIL'}] {name:<86s} err={err:9.2e} tol={tol:7.0e} {extra}")
    return ok


def section(s):
    print("\n== " + s)


# ---------------------------------------------------------------------------------------------
# 1. schedulers
# ---------------------------------------------------------------------------------------------
class Sched:
    """k = kappa, om = 1 - kappa (evaluated without cancellation), dk = kappa', inv = kappa^-1,
    m0 / m1 = order of the zero of kappa at t=0 / of 1-kappa at t=1."""

    def __init__(self, name, k, om, dk, inv, m0, m1):
        self.name, self.k, self.om, self.dk, self.inv, self.m0, self.m1 = name, k, om, dk, inv, m0, m1

    def lam(self, t):   # jump rate kappa'/(1-kappa)
        return self.dk(t) / self.om(t)

    def mu(self, t):    # backward (noising) rate kappa'/kappa
        return self.dk(t) / self.k(t)


def poly(n, name=None):
    return Sched(name or f"t^{n:g}",
                 lambda t: t ** n,
                 lambda t: -np.expm1(n * np.log(np.maximum(t, 1e-300))),
                 lambda t: n * t ** (n - 1.0),
                 lambda k: k ** (1.0 / n), n, 1)


def hermite(a, b):
    c3, c2, c1 = a + b - 2.0, 3.0 - 2.0 * a - b, a          # kappa = c3 t^3 + c2 t^2 + c1 t
    d3, d2, d1 = a + b - 2.0, 3.0 - 2.0 * b - a, b          # 1-kappa = d3 s^3 + d2 s^2 + d1 s, s = 1-t
    k = lambda t: t * (c1 + t * (c2 + t * c3))
    om = lambda t: (1 - t) * (d1 + (1 - t) * (d2 + (1 - t) * d3))
    dk = lambda t: c1 + t * (2 * c2 + t * 3 * c3)

    def inv(kk):
        kk = np.asarray(kk, float)
        lo, hi = np.zeros_like(kk), np.ones_like(kk)
        for _ in range(60):
            mid = 0.5 * (lo + hi)
            up = k(mid) < kk
            lo, hi = np.where(up, mid, lo), np.where(up, hi, mid)
        return 0.5 * (lo + hi)
    m0 = 1 if a > 0 else (2 if b < 3 else 3)
    m1 = 1 if b > 0 else (2 if a < 3 else 3)
    return Sched(f"hermite({a:g},{b:g})", k, om, dk, inv, m0, m1)


COS = Sched("cosine 1-cos(pi t/2)",
            lambda t: 2 * np.sin(pi_ * t / 4) ** 2,
            lambda t: np.sin(pi_ * (1 - t) / 2),
            lambda t: pi_ / 2 * np.sin(pi_ * t / 2),
            lambda k: 2 / pi_ * np.arccos(1 - k), 2, 1)
SIN2 = Sched("sin^2(pi t/2)",
             lambda t: np.sin(pi_ * t / 2) ** 2,
             lambda t: np.sin(pi_ * (1 - t) / 2) ** 2,
             lambda t: pi_ / 2 * np.sin(pi_ * t),
             lambda k: 2 / pi_ * np.arcsin(np.sqrt(k)), 2, 2)
LIN, QUAD, CUB = poly(1.0, "linear"), poly(2.0, "quadratic"), poly(3.0, "cubic t^3")
SCHEDS = [LIN, QUAD, CUB, poly(1.7), poly(0.5), COS, SIN2,
          hermite(0, 0), hermite(1, 1), hermite(0, 2), hermite(0, 3), hermite(2, 0.5), hermite(2, 0), hermite(3, 3)]

section("1. schedulers: derivative, endpoints, inverse, limits of (1-t) k'/(1-k) and t k'/k")
tt = np.linspace(0.02, 0.98, 97)
e_fd = e_inv = e_end = e_om = e_lim = 0.0
for s in SCHEDS:
    e = 1e-5
    e_fd = max(e_fd, np.max(np.abs((s.k(tt + e) - s.k(tt - e)) / (2 * e) - s.dk(tt))))
    e_om = max(e_om, np.max(np.abs(s.om(tt) - (1 - s.k(tt)))))
    e_end = max(e_end, abs(s.k(0.0)), abs(s.k(1.0) - 1))
    flat = np.min(s.dk(tt)) < 1e-2                        # hermite(3,3) has kappa' = 0 at t = 1/2
    e_inv = max(e_inv, np.max(np.abs(s.k(s.inv(s.k(tt))) - s.k(tt))) if flat else np.max(np.abs(s.inv(s.k(tt)) - tt)))
    x = 1e-6
    e_lim = max(e_lim, abs(s.lam(1 - x) * x - s.m1), abs(s.mu(x) * x - s.m0))
check("kappa' equals the central difference of kappa (14 schedulers)", e_fd, 1e-6)
check("stable 1-kappa equals 1 - kappa", e_om, 1e-13)
check("kappa(0)=0 and kappa(1)=1", e_end, 1e-14)
check("inverse(kappa(t)) = t", e_inv, 1e-9)
check("(1-t) k'/(1-k) -> m1 as t->1 ; t k'/k -> m0 as t->0", e_lim, 1e-4)
g = np.linspace(0, 1, 201)
check("hermite(1,1)=t, (0,2)=t^2, (0,3)=t^3", max(np.max(np.abs(hermite(1, 1).k(g) - g)),
      np.max(np.abs(hermite(0, 2).k(g) - g ** 2)), np.max(np.abs(hermite(0, 3).k(g) - g ** 3))), 1e-14)
h = hermite(2, 0.5)
check("hermite: kappa'(0)=a, kappa'(1)=b", max(abs(h.dk(0.0) - 2), abs(h.dk(1.0) - 0.5)), 1e-14)
bad = 0
for a in np.arange(-0.95, 5.2, 0.1):
    for b in np.arange(-0.95, 5.2, 0.1):
        hh = hermite(a, b)
        mono = np.min(hh.dk(np.linspace(0, 1, 4001))) >= -1e-9
        region = (0 <= a <= 3 and 0 <= b <= 3) or (a * a + b * b + a * b - 6 * a - 6 * b + 9 <= 0)
        bad += int(mono != region)
check("hermite monotone  <=>  (a,b) in [0,3]^2 or in the ellipse a2+b2+ab-6a-6b+9<=0", bad, 0)
f32 = np.float32
rows = []
for x in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
    t32 = f32(1) - f32(x)
    t64 = np.float64(t32); s32 = f32(1) - t32              # s exact (Sterbenz)
    ref = CUB.lam(t64)
    naive = f32(3) * t32 * t32 / (f32(1) - t32 * t32 * t32)
    stable = f32(3) * t32 * t32 / (s32 * (f32(1) + t32 + t32 * t32))
    refc = COS.lam(t64); hp = f32(pi_ / 2)
    naivec = hp * np.sin(hp * t32) / (f32(1) - (f32(1) - np.cos(hp * t32)))
    stablec = hp / np.tan(hp * s32)
    rows.append((x, abs(naive / ref - 1), abs(stable / ref - 1), abs(naivec / refc - 1), abs(stablec / refc - 1)))
print("   f32 relative error of k'/(1-k) at 1-t (naive / stable): " + "; ".join(f"{r[0]:.0e}: cubic {r[1]:.0e}/{r[2]:.0e} cosine {r[3]:.0e}/{r[4]:.0e}" for r in rows))
check("f32 stable forms of the cubic and cosine jump rates", max(max(r[2], r[4]) for r in rows), 1e-6)


# ---------------------------------------------------------------------------------------------
# 2. paths, couplings, posteriors on the V x V grid
# ---------------------------------------------------------------------------------------------
def brute_force(pi, kap):
    """6-fold loop, straight from the definitions (independent of the fast code)."""
    V = pi.shape[0]
    p = np.zeros((V, V)); N1 = [np.zeros((V, V, V)) for _ in range(2)]; N0 = [np.zeros((V, V, V)) for _ in range(2)]
    for a1, a2, b1, b2 in itertools.product(range(V), repeat=4):
        w = pi[a1, a2, b1, b2]
        if w == 0:
            continue
        for z1, z2 in itertools.product(range(V), repeat=2):
            pr = ((1 - kap) * (a1 == z1) + kap * (b1 == z1)) * ((1 - kap) * (a2 == z2) + kap * (b2 == z2))
            if pr == 0:
                continue
            j = w * pr
            p[z1, z2] += j
            N1[0][b1, z1, z2] += j; N1[1][b2, z1, z2] += j
            N0[0][a1, z1, z2] += j; N0[1][a2, z1, z2] += j
    return p, N1, N0


def tables_dense(pi):
    """Time-independent pattern tables of any coupling pi[a1,a2,b1,b2] (x0=(a1,a2), x1=(b1,b2))."""
    es = np.einsum
    return dict(
        M00=es('abcd->ab', pi), M11=es('abcd->cd', pi), M10=es('abcd->cb', pi), M01=es('abcd->ad', pi),
        T00=es('abcd->cab', pi), T01=es('abcd->cad', pi),          # [x1^1 | x0^1, x0^2], [x1^1 | x0^1, x1^2]
        S00=es('abcd->dab', pi), S10=es('abcd->dcb', pi),          # [x1^2 | x0^1, x0^2], [x1^2 | x1^1, x0^2]
        U10=es('abcd->acb', pi), U11=es('abcd->acd', pi),          # [x0^1 | x1^1, x0^2], [x0^1 | x1^1, x1^2]
        W01=es('abcd->bad', pi), W11=es('abcd->bcd', pi))          # [x0^2 | x0^1, x1^2], [x0^2 | x1^1, x1^2]


def tables_indep(p0, q):
    """Same tables in O(V^3) for pi = p0 (x) q, p0 any V x V pmf."""
    es = np.einsum
    p1, p2, q1, q2 = p0.sum(1), p0.sum(0), q.sum(1), q.sum(0)
    return dict(
        M00=p0, M11=q, M10=np.outer(q1, p2), M01=np.outer(p1, q2),
        T00=es('y,ab->yab', q1, p0), T01=es('a,yd->yad', p1, q),
        S00=es('y,ab->yab', q2, p0), S10=es('b,cy->ycb', p2, q),
        U10=es('yb,c->ycb', p0, q1), U11=es('y,cd->ycd', p1, q),
        W01=es('ay,d->yad', p0, q2), W11=es('y,cd->ycd', p2, q))


def tables_sinkhorn(a, b, K1, K2):
    """pi(x0,x1) = a(x0) K1(x0^1,x1^1) K2(x0^2,x1^2) b(x1), all tables in O(V^3)."""
    es = np.einsum
    bK2 = b @ K2.T            # [x1^1, x0^2]  sum over x1^2
    K1b = K1 @ b              # [x0^1, x1^2]  sum over x1^1
    aK2 = a @ K2              # [x0^1, x1^2]  sum over x0^2
    K1a = K1.T @ a            # [x1^1, x0^2]  sum over x0^1
    return dict(
        M00=a * (K1 @ b @ K2.T), M11=b * (K1.T @ a @ K2), M10=K1a * bK2, M01=aK2 * K1b,
        T00=es('ab,ac,cb->cab', a, K1, bK2), T01=es('ac,cd,ad->cad', K1, b, aK2),
        S00=es('ab,bd,ad->dab', a, K2, K1b), S10=es('bd,cd,cb->dcb', K2, b, K1a),
        U10=es('ab,ac,cb->acb', a, K1, bK2), U11=es('ac,cd,ad->acd', K1, b, aK2),
        W01=es('ab,bd,ad->bad', a, K2, K1b), W11=es('bd,cd,cb->bcd', K2, b, K1a))


def eye3(V):
    """E1[y,z1,z2] = [y==z1], E2[y,z1,z2] = [y==z2]"""
    I = np.eye(V)
    return np.repeat(I[:, :, None], V, 2), np.repeat(I[:, None, :], V, 1)


def fast(tb, kap):
    """p, N1, N0 from pattern tables (keep/replace patterns), O(V^3)."""
    c, k = 1 - kap, kap
    V = tb['M00'].shape[0]
    E1, E2 = eye3(V)
    p = c * c * tb['M00'] + k * c * tb['M10'] + c * k * tb['M01'] + k * k * tb['M11']
    N1 = [c * c * tb['T00'] + c * k * tb['T01'] + E1 * (k * c * tb['M10'] + k * k * tb['M11'])[None],
          c * c * tb['S00'] + k * c * tb['S10'] + E2 * (c * k * tb['M01'] + k * k * tb['M11'])[None]]
    N0 = [k * c * tb['U10'] + k * k * tb['U11'] + E1 * (c * c * tb['M00'] + c * k * tb['M01'])[None],
          c * k * tb['W01'] + k * k * tb['W11'] + E2 * (c * c * tb['M00'] + k * c * tb['M10'])[None]]
    return p, N1, N0


def pdot(tb, kap, dk):
    return dk * (-2 * (1 - kap) * tb['M00'] + (1 - 2 * kap) * (tb['M10'] + tb['M01']) + 2 * kap * tb['M11'])


def offdiag(F):
    V = F[0].shape[0]
    E1, E2 = eye3(V)
    return [F[0] * (1 - E1), F[1] * (1 - E2)]


def flux_forward(tb, kap, dk):
    """off-diagonal p_t(z) u_hat^i(y,z) = kappa' P(X0^i=z^i, X1^i=y, X_t^{other}=z^{other}) : no singularity."""
    return offdiag([dk * ((1 - kap) * tb['T00'] + kap * tb['T01']), dk * ((1 - kap) * tb['S00'] + kap * tb['S10'])])


def flux_backward(tb, kap, dk):
    """off-diagonal  -p_t(z) u_check^i(y,z)  (>= 0) with the p_{0|t} form."""
    return offdiag([dk * ((1 - kap) * tb['U10'] + kap * tb['U11']), dk * ((1 - kap) * tb['W01'] + kap * tb['W11'])])


def net(F):
    """[minus the discrete divergence], per axis: inflow minus outflow of the off-diagonal fluxes."""
    n1 = np.einsum('yab->yb', F[0]) - np.einsum('yab->ab', F[0])
    n2 = np.einsum('yab->ay', F[1]) - np.einsum('yab->ab', F[1])
    return n1, n2


def posterior(p, N, fallback=True):
    V = p.shape[0]
    E = eye3(V)
    out = []
    for i in range(2):
        with np.errstate(divide='ignore', invalid='ignore'):
            d = N[i] / p[None]
        out.append(np.where(p[None] > 1e-300, d, E[i]) if fallback else d)
    return out


K = 5
ii, jj = np.meshgrid(np.arange(K), np.arange(K), indexing='ij')
q5 = np.exp(-1.2 * (ii - jj) ** 2) + 0.6 * np.exp(-1.0 * ((ii + jj - 4) ** 2) - 0.2 * ii)
q5[0, 4] = q5[4, 1] = q5[2, 0] = 0.0            # exact zeros on purpose
q5 /= q5.sum()


def pad(q):
    out = np.zeros((q.shape[0] + 1, q.shape[1] + 1)); out[:-1, :-1] = q; return out


def dense_indep(p0, q):
    return np.einsum('ab,cd->abcd', p0, q)


iid = RNG.dirichlet(np.ones(K)); iid2 = RNG.dirichlet(np.ones(K))
CASES = {}
CASES['uniform, independent'] = dense_indep(np.full((K, K), 1 / K ** 2), q5)
pm = np.zeros((K + 1, K + 1)); pm[K, K] = 1
CASES['mask, independent'] = dense_indep(pm, pad(q5))
CASES['product pmf source, independent'] = dense_indep(np.outer(iid, iid2), q5)
CASES['correlated pmf source, independent'] = dense_indep(RNG.dirichlet(np.ones(K * K)).reshape(K, K), q5)
rho = 0.35                                      # C-coupling: keep token i of x1 with probability rho
picc = np.zeros((K + 1,) * 4); qm = pad(q5)
for I1, I2 in itertools.product((0, 1), repeat=2):
    w = (rho if I1 else 1 - rho) * (rho if I2 else 1 - rho)
    for b1, b2 in itertools.product(range(K), repeat=2):
        picc[b1 if I1 else K, b2 if I2 else K, b1, b2] += w * q5[b1, b2]
CASES['mask, C-coupling (rho=.35)'] = picc
Kmat = np.exp(-((np.arange(K)[:, None] - np.arange(K)[None]) ** 2) / 1.5)
av, bv = np.ones((K, K)), np.ones((K, K))
u5 = np.full((K, K), 1 / K ** 2)
for _ in range(4000):
    av = u5 / (Kmat @ bv @ Kmat.T)
    bv = q5 / (Kmat.T @ av @ Kmat)
pis = np.einsum('ab,ac,bd,cd->abcd', av, Kmat, Kmat, bv)
CASES['uniform, entropic-OT coupling'] = pis
CASES['random dense coupling'] = RNG.dirichlet(np.ones(K ** 4) * 0.3).reshape(K, K, K, K)

section("2. posteriors: fast pattern-table algorithm vs 6-fold brute force (K=5)")
for name, pi in CASES.items():
    err = 0.0
    tb = tables_dense(pi)
    for kap in (0.0, 0.13, 0.6, 1.0):
        p, N1, N0 = fast(tb, kap)
        pb, N1b, N0b = brute_force(pi, kap)
        err = max(err, np.max(np.abs(p - pb)), *[np.max(np.abs(N1[i] - N1b[i])) for i in (0, 1)],
                  *[np.max(np.abs(N0[i] - N0b[i])) for i in (0, 1)])
    check(f"p_t, p_1|t, p_0|t   {name}", err, 1e-14)
tb_i = tables_indep(np.outer(iid, iid2), q5); tb_d = tables_dense(CASES['product pmf source, independent'])
check("O(V^3) tables for an independent coupling == dense tables", max(np.max(np.abs(tb_i[k] - tb_d[k])) for k in tb_d), 1e-15)
tb_c = tables_indep(CASES['correlated pmf source, independent'].sum((2, 3)), q5); tb_d = tables_dense(CASES['correlated pmf source, independent'])
check("O(V^3) tables, correlated source == dense tables", max(np.max(np.abs(tb_c[k] - tb_d[k])) for k in tb_d), 1e-15)
tb_s = tables_sinkhorn(av, bv, Kmat, Kmat); tb_d = tables_dense(pis)
check("O(V^3) separable-Sinkhorn tables == dense tables", max(np.max(np.abs(tb_s[k] - tb_d[k])) for k in tb_d), 1e-14)
check("Sinkhorn marginals (source, target)", max(np.max(np.abs(tb_s['M00'] - u5)), np.max(np.abs(tb_s['M11'] - q5))), 1e-10)
# leave-one-out structure for independent coupling + product source
p01, p02 = iid, iid2
q1, q2 = q5.sum(1), q5.sum(0)
err = 0.0
for kap in (0.05, 0.5, 0.95):
    p, N1, _ = fast(tables_indep(np.outer(p01, p02), q5), kap)
    gg = kap * q5 + (1 - kap) * np.outer(q1, p02)          # g1[y,z2] = P(X1^1=y, X_t^2=z2)
    G = gg.sum(0)
    pz = (1 - kap) * np.outer(p01, G) + kap * gg
    r = gg / G[None]
    rhoz = kap * gg / pz
    E1, _ = eye3(K)
    D1 = (1 - rhoz)[None] * np.repeat(r[:, None, :], K, 1) + rhoz[None] * E1
    err = max(err, np.max(np.abs(pz - p)), np.max(np.abs(D1 - N1[0] / p[None])))
check("p_1|t = (1-rho(z)) r(.|z2) + rho(z) delta_z1  (leave-one-out form, V x V storage)", err, 1e-13)
err = 0.0
for kap in (0.05, 0.5, 0.95):
    p, _, N0 = fast(tables_indep(np.outer(p01, p02), q5), kap)
    gg = kap * q5 + (1 - kap) * np.outer(q1, p02); rhoz = kap * gg / p; E1, _ = eye3(K)
    err = max(err, np.max(np.abs((1 - rhoz)[None] * E1 + rhoz[None] * p01[:, None, None] - N0[0] / p[None])))
    F = offdiag([np.einsum('a,yb->yab', p01, gg), np.zeros((K, K, K))])[0]
    err = max(err, np.max(np.abs(F - flux_forward(tables_indep(np.outer(p01, p02), q5), kap, 1.0)[0])))
check("p_0|t = (1-rho(z)) delta_z1 + rho(z) p0(.), and flux = k' p0(z1) g1(y,z2)", err, 1e-13)
# C-coupling with iid keep mask == mask path with kappa~ = rho + (1-rho) kappa
err = 0
for kap in (0.0, 0.3, 0.9):
    pc, N1c, _ = fast(tables_dense(picc), kap)
    pmk, N1m, _ = fast(tables_dense(CASES['mask, independent']), rho + (1 - rho) * kap)
    err = max(err, np.max(np.abs(pc - pmk)), *[np.max(np.abs(N1c[i] - N1m[i])) for i in (0, 1)])
check("iid C-coupling path == mask path with kappa~ = rho + (1-rho) kappa", err, 1e-15)
# time independence of the denoiser (mask source)
tbm = tables_dense(CASES['mask, independent'])
pA, NA, _ = fast(tbm, 0.2); pB, NB, _ = fast(tbm, 0.77)
sup = pA > 0
check("mask source: denoiser does not depend on t", max(np.max(np.abs((NA[i] / np.where(sup, pA, 1) - NB[i] / np.where(sup, pB, 1)) * sup)) for i in (0, 1)), 1e-14)

# ---------------------------------------------------------------------------------------------
section("3./4. Kolmogorov forward equation: dp/dt = -div, all schedulers x couplings x velocities")
TS = (0.03, 0.25, 0.5, 0.8, 0.97)
for name, pi in CASES.items():
    tb = tables_dense(pi)
    V = tb['M00'].shape[0]
    E = eye3(V)
    e = dict(fd=0, fwd=0, form=0, bwd=0, cor=0, it=0, neg=0, rev=0, cons=0, anti=0)
    for s in SCHEDS:
        for t in TS:
            k, dk, lam, mu = s.k(t), s.dk(t), s.lam(t), s.mu(t)
            p, N1, N0 = fast(tb, k)
            pd = pdot(tb, k, dk)
            scale = max(1.0, dk)
            hh = 1e-5 * min(t, 1 - t)
            e['fd'] = max(e['fd'], np.max(np.abs((fast(tb, s.k(t + hh))[0] - fast(tb, s.k(t - hh))[0]) / (2 * hh) - pd)) / scale)
            D1, D0 = posterior(p, N1), posterior(p, N0)
            uh = [lam * (D1[i] - E[i]) for i in (0, 1)]                       # u_hat
            uc = [mu * (E[i] - D0[i]) for i in (0, 1)]                        # u_check
            Ff = offdiag([p[None] * uh[i] for i in (0, 1)])
            Fb = offdiag([-p[None] * uc[i] for i in (0, 1)])
            e['fwd'] = max(e['fwd'], np.max(np.abs(sum(net(Ff)) - pd)) / scale)
            e['bwd'] = max(e['bwd'], np.max(np.abs(-sum(net(Fb)) - pd)) / scale)
            Fff, Fbb = flux_forward(tb, k, dk), flux_backward(tb, k, dk)
            e['form'] = max(e['form'], *[np.max(np.abs(Ff[i] - Fff[i])) / scale for i in (0, 1)], *[np.max(np.abs(Fb[i] - Fbb[i])) / scale for i in (0, 1)])
            # time reversal: p(z)(-u_check(y,z)) == p(y) u_hat(z,y)
            e['rev'] = max(e['rev'], np.max(np.abs(Fbb[0] - Fff[0].transpose(1, 0, 2))) / scale, np.max(np.abs(Fbb[1] - Fff[1].transpose(2, 1, 0))) / scale)
            al = 1 + 12 * t ** 2 * (1 - t) ** 0.25; be = al - 1
            ub = [al * uh[i] - be * uc[i] for i in (0, 1)]
            ob = offdiag(ub)
            e['neg'] = max(e['neg'], -min(ob[0].min(), ob[1].min()), *[np.max(np.abs(ub[i].sum(0))) / (1 + al * lam + be * mu) for i in (0, 1)])
            Fc = [p[None] * ob[i] for i in (0, 1)]
            e['cor'] = max(e['cor'], np.max(np.abs(sum(net(Fc)) - pd)) / (scale * al))
            Fi = [p[None] * x for x in offdiag([uh[i] - uc[i] for i in (0, 1)])]
            e['it'] = max(e['it'], *[np.max(np.abs(x)) / scale for x in net(Fi)])
            e['cons'] = max(e['cons'], abs(sum(net(Fc)).sum()))
            A1 = Fc[0] - Fc[0].transpose(1, 0, 2)
            e['anti'] = max(e['anti'], np.max(np.abs(A1.sum(1) - net(Fc)[0])))
    check(f"analytic dp/dt vs finite difference            [{name}]", e['fd'], 1e-6)
    check(f"forward  u_hat  = k'/(1-k)[p_1|t - delta]      [{name}]", e['fwd'], 1e-12)
    check(f"backward u_check = k'/k[delta - p_0|t]         [{name}]", e['bwd'], 1e-12)
    check(f"non-singular flux = k' P(X0=z,X1=y,Xt'=z')     [{name}]", e['form'], 1e-12)
    check(f"u_check is the exact flux reversal of u_hat    [{name}]", e['rev'], 1e-12)
    check(f"corrector alpha-beta=1, alpha=1+12t^2(1-t)^.25 [{name}]", e['cor'], 1e-12)
    check(f"corrector velocity: off-diag >=0, rows sum to 0[{name}]", e['neg'], 1e-12)
    check(f"alpha=beta: divergence 0 on EACH axis          [{name}]", e['it'], 1e-12)
    check(f"sum of divergence = 0; net = row sum of current[{name}]", max(e['cons'], e['anti']), 1e-11)
# endpoints t=0 and t=1 of the non-singular fluxes
err = 0
for name, pi in CASES.items():
    tb = tables_dense(pi)
    for s in (LIN, QUAD, CUB, COS, SIN2, hermite(2, 0.5)):
        for t in (0.0, 1.0):
            err = max(err, np.max(np.abs(sum(net(flux_forward(tb, s.k(t), s.dk(t)))) - pdot(tb, s.k(t), s.dk(t)))))
check("non-singular flux satisfies dp/dt=-div at t=0 and t=1 exactly", err, 1e-14)
# closed form of the per-axis divergence for any coupling
err = 0
for name, pi in CASES.items():
    tb = tables_dense(pi)
    for k in (0.0, 0.4, 1.0):
        n1c, n2c = net(flux_forward(tb, k, 1.0))
        A1 = (1 - k) * tb['M10'] + k * tb['M11']; A0 = (1 - k) * tb['M00'] + k * tb['M01']        # P(X1^1=.,X_t^2=.), P(X0^1=.,X_t^2=.)
        B1 = (1 - k) * tb['M01'] + k * tb['M11']; B0 = (1 - k) * tb['M00'] + k * tb['M10']
        err = max(err, np.max(np.abs(n1c - (A1 - A0))), np.max(np.abs(n2c - (B1 - B0))))
check("per-axis dp/dt = k'[P(X1^i=x,Xt'=x') - P(X0^i=x,Xt'=x')] = k'[(1-k)(M10-M00)+k(M11-M01)] etc.", err, 1e-14)
# simple backward (27): iid source
e = dict(gen=0.0, db=0.0, diff=0.0)
for name, p0 in (('uniform', u5), ('product', np.outer(iid, iid2))):
    a1, a2 = p0.sum(1), p0.sum(0)
    tb = tables_indep(p0, q5)
    for s in SCHEDS:
        for t in TS:
            k, dk, mu = s.k(t), s.dk(t), s.mu(t)
            p, _, _ = fast(tb, k)
            F27 = offdiag([mu * p[None] * a1[:, None, None], mu * p[None] * a2[:, None, None]])
            e['gen'] = max(e['gen'], np.max(np.abs(-sum(net(F27)) - pdot(tb, k, dk))) / max(1, dk))
            Ff = flux_forward(tb, k, dk)
            C = F27[0] + Ff[0]
            e['db'] = max(e['db'], np.max(np.abs(C - C.transpose(1, 0, 2))) / max(1, mu))
check("backward with p(x^i) instead of p_0|t generates p_t (iid source, indep.)", e['gen'], 1e-12)
check("u_hat - u_check(27) obeys detailed balance w.r.t. p_t (alpha=beta)", e['db'], 1e-13)
# expected number of forward jumps = E Hamming(X0,X1), any scheduler
x, w = np.polynomial.legendre.leggauss(40); x = (x + 1) / 2; w = w / 2
err = 0
for name, pi in CASES.items():
    tb = tables_dense(pi)
    V = pi.shape[0]
    ham = sum(pi[a1, a2, b1, b2] * ((a1 != b1) + (a2 != b2)) for a1, a2, b1, b2 in itertools.product(range(V), repeat=4))
    for s in (LIN, CUB, SIN2):
        tot = sum(wi * sum(f.sum() for f in flux_forward(tb, s.k(xi), s.dk(xi))) for xi, wi in zip(x, w))
        err = max(err, abs(tot - ham))
check("total forward traffic over [0,1] = E Hamming(X0,X1) (scheduler-free)", err, 1e-12)
# staggered edge current
tb = tables_dense(CASES['uniform, independent']); F = flux_forward(tb, 0.4, 1.0)
n1, n2 = net(F)
edge = np.zeros((K + 1, K))                     # edge[c, z2]: net mass crossing the cut between z1=c-1 and z1=c, upward
for c in range(1, K):
    edge[c] = F[0][c:, :c].sum((0, 1)) - F[0][:c, c:].sum((0, 1))
check("edge current across cuts: per-axis dp/dt = C(k-1/2)-C(k+1/2) = -cumsum form", max(np.max(np.abs(edge[:-1] - edge[1:] - n1)), np.max(np.abs(edge[1:] + np.cumsum(n1, 0)))), 1e-14)
# mean-displacement arrow field and potential form
pd = pdot(tb, 0.4, 1.0)
vx = sum((F[0] * (np.arange(K)[:, None, None] - np.arange(K)[None, :, None])).sum(0).ravel())
check("sum of mean-displacement arrows = d/dt E[X^1]", abs(vx - (np.arange(K)[:, None] * pd).sum()), 1e-14)
phi = n1 / K
jpot = phi[:, None, :] - phi[None, :, :]                    # antisymmetric current y<-z in a row
Acur = F[0] - F[0].transpose(1, 0, 2)
check("potential current (p'(y)-p'(z))/V has the same divergence, smaller norm, is the orthogonal projection",
      max(np.max(np.abs(jpot.sum(1) - n1)), max(0, (jpot ** 2).sum() - (Acur ** 2).sum()), abs(((Acur - jpot) * jpot).sum())), 1e-13)
# scheduler change formula
s1, s2 = CUB, COS
t2 = 0.37; t1 = float(s1.inv(s2.k(t2)))
check("post-training scheduler change: posterior'(t) = posterior(k^-1(k'(t)))", np.max(np.abs(fast(tb, s2.k(t2))[1][0] - fast(tb, s1.k(t1))[1][0])), 1e-12)

# ---------------------------------------------------------------------------------------------
section("3b. multi-term paths: a,b coefficients with the argmin (forward) / argmax (backward) rule")


def multi_coeff(kj, dkj, forward=True):
    kj, dkj = np.asarray(kj, float), np.asarray(dkj, float)
    ratio = np.where(kj > 0, dkj / np.where(kj > 0, kj, 1), np.inf if forward else -np.inf)
    l = int(np.argmin(ratio) if forward else np.argmax(ratio))
    b = dkj[l] / kj[l]
    return dkj - kj * b, b, l


def multi_check(pi, wlist, kfun, dkfun, t, forward=True):
    """wlist(a_i,b_i,V) -> array (m,V) of w^j(.|x0,x1)."""
    V = pi.shape[0]
    kj, dkj = kfun(t), dkfun(t)
    aj, b, l = multi_coeff(kj, dkj, forward)
    W = np.zeros((len(kj), V, V, V))                                # W[j,x,a,b]
    for a_, b_ in itertools.product(range(V), repeat=2):
        W[:, :, a_, b_] = wlist(a_, b_, V)
    P = np.einsum('j,jxab->xab', kj, W); dP = np.einsum('j,jxab->xab', dkj, W)
    p = np.einsum('abcd,xac,ybd->xy', pi, P, P)
    pd = np.einsum('abcd,xac,ybd->xy', pi, dP, P) + np.einsum('abcd,xac,ybd->xy', pi, P, dP)
    I = np.eye(V)
    # joint of w^j posterior:  What[j,y,z1,z2] = sum w^j(y|x0,x1) p_t(z|x0,x1) pi
    W1 = np.einsum('abcd,jyac,xac,zbd->jyxz', pi, W, P, P)
    W2 = np.einsum('abcd,jybd,xac,zbd->jyxz', pi, W, P, P)
    E1, E2 = eye3(V)
    F1 = np.einsum('j,jyxz->yxz', aj, W1) + b * E1 * p[None]
    F2 = np.einsum('j,jyxz->yxz', aj, W2) + b * E2 * p[None]
    F = offdiag([F1, F2])
    sgn = 1 if forward else -1
    return np.max(np.abs(sum(net(F)) - pd)), max(0, -min((sgn * F[0]).min(), (sgn * F[1]).min())), l + 1, np.max(np.abs(F1.sum(0)))


w3 = lambda a, b, V: np.stack([np.eye(V)[b], np.full(V, 1 / V), np.eye(V)[a]])
cU = 0.8


def k3(t, c=cU, s=CUB):
    k = s.k(t); return np.array([k, c * k * (1 - k), (1 - k) * (1 - c * k)])


def dk3(t, c=cU, s=CUB):
    k, d = s.k(t), s.dk(t); return np.array([d, c * d * (1 - 2 * k), d * (-(1 - c * k) - c * (1 - k))])


def k3s(t):   # a family in which the argmin switches from x0 to the uniform component
    k2 = 1.2 * t * (1 - t) ** 3; k_3 = (1 - t) * (1 - 0.5 * t); return np.array([1 - k2 - k_3, k2, k_3])


def dk3s(t):
    d2 = 1.2 * ((1 - t) ** 3 - 3 * t * (1 - t) ** 2); d3 = -(1 - 0.5 * t) - 0.5 * (1 - t); return np.array([-d2 - d3, d2, d3])


for nm, kf, dkf in (("k1=k, k2=.8 k(1-k), k3=(1-k)(1-.8k), k=t^3", k3, dk3), ("argmin-switching family", k3s, dk3s)):
    for pname in ('uniform, independent', 'mask, independent'):
        pi = CASES[pname]; er = ng = rs = 0; ls = []
        for t in (0.1, 0.3, 0.6, 0.9):
            a_, b_, l, r_ = multi_check(pi, w3, kf, dkf, t, True); er, ng, rs = max(er, a_), max(ng, b_), max(rs, r_); ls.append(l)
            a_, b_, lb, r_ = multi_check(pi, w3, kf, dkf, t, False); er, ng, rs = max(er, a_), max(ng, b_), max(rs, r_)
        check(f"three-term path fwd+bwd: {nm} [{pname}]", max(er, rs), 1e-12, f"argmin l over t: {ls}")
        check("   off-diagonal velocities have the right sign", ng, 1e-14)
a_, b_, l, _ = multi_check(CASES['uniform, independent'], lambda a, b, V: np.stack([np.eye(V)[b], np.eye(V)[a]]),
                           lambda t: np.array([CUB.k(t), CUB.om(t)]), lambda t: np.array([CUB.dk(t), -CUB.dk(t)]), 0.5)
aj, bb, l = multi_coeff([CUB.k(.5), CUB.om(.5)], [CUB.dk(.5), -CUB.dk(.5)])
check("two-term case reduces to k'/(1-k)[p_1|t - delta]", max(abs(aj[0] - CUB.lam(.5)), abs(aj[1]), abs(bb + CUB.lam(.5))), 1e-14)

# ---------------------------------------------------------------------------------------------
section("5. samplers (exact push-forward of the whole pmf: no Monte-Carlo noise)")


def push(P, p):
    return np.einsum('aij,bij,ij->ab', P[0], P[1], p, optimize=True)


def tv(a, b):
    return 0.5 * np.abs(a - b).sum()


def oracle(tb, kap):
    p, N1, _ = fast(tb, kap)
    return posterior(p, N1)


def kern(D, th):
    E = eye3(D[0].shape[0])
    return [(1 - th) * E[i] + th * D[i] for i in (0, 1)]


def sample_pmf(tb, s, n, mode, cleanup=True, kgrid=False, track=None):
    p = tb['M00'].copy()
    ts = np.linspace(0, 1, n + 1)
    if kgrid:
        ts = s.inv(np.linspace(0, 1, n + 1)); ts[0], ts[-1] = 0, 1
    for i in range(n):
        t, h_ = ts[i], ts[i + 1] - ts[i]
        D = oracle(tb, s.k(t))
        last = i == n - 1
        if mode == 'exact':
            th = (s.k(ts[i + 1]) - s.k(t)) / s.om(t)
        elif mode == 'euler':
            th = h_ * s.lam(t)
        elif mode == 'exp':
            th = -np.expm1(-h_ * s.lam(t))
        th = min(th, 1.0)
        if last and cleanup:
            th = 1.0
        p = push(kern(D, th), p)
    return p


tbu, tbm = tables_dense(CASES['uniform, independent']), tables_dense(CASES['mask, independent'])
tmask_q = pad(q5)
TVind = tv(q5, np.outer(q1, q2))
print(f"   target: H(q)={-(q5[q5>0]*np.log(q5[q5>0])).sum():.4f} nats, TV(q, q1 x q2)={TVind:.4f}")
print("   TV(p_final, q), oracle denoiser, uniform-in-t grid, final step forced to sample x1:")
print("   source  scheduler             step    " + "".join(f"n={n:<8d}" for n in (1, 2, 4, 8, 16, 32, 64, 128)))
for tbx, qn, nm in ((tbm, tmask_q, 'mask'), (tbu, q5, 'uniform')):
    for s in (LIN, QUAD, CUB, COS):
        for mode in ('euler', 'exp', 'exact'):
            vals = [tv(sample_pmf(tbx, s, n, mode), qn) for n in (1, 2, 4, 8, 16, 32, 64, 128)]
            print(f"   {nm:7s} {s.name:21s} {mode:6s}  " + "".join(f"{v:<10.5f}" for v in vals))
err = 0
for s in (LIN, CUB, COS):
    for n in (1, 3, 10):
        for kg in (False, True):
            ts = np.linspace(0, 1, n + 1) if not kg else s.inv(np.linspace(0, 1, n + 1))
            S = np.sum(np.diff(s.k(ts)) ** 2)
            err = max(err, np.max(np.abs(sample_pmf(tbm, s, n, 'exact', kgrid=kg) - ((1 - S) * tmask_q + S * pad(np.outer(q1, q2))))))
check("mask, N=2, exact step: p_final = (1-S) q + S q1xq2,  S = sum (dkappa)^2", err, 1e-9)
v = [tv(sample_pmf(tbu, LIN, n, 'exact'), q5) for n in (32, 64, 128, 256)]
check("uniform source: exact step is first order in 1/n (ratio of halvings -> 2)", abs(v[2] / v[3] - 2), 0.1, f"ratios {v[0]/v[1]:.3f} {v[1]/v[2]:.3f} {v[2]/v[3]:.3f}")
lo = sample_pmf(tbm, QUAD, 16, 'euler', cleanup=False)
print(f"   Euler without the forced last step, quadratic, n=16: mass still carrying a mask token = {1-lo[:K,:K].sum():.4f}")
# alternative one-step kernels, temperature, corrector: push-forward tables
def kern_rate(D, a, one_event):
    """marginal-rate kernels: leave with 1-exp(-a(1-D(z))) ('rate-exp') or exactly one Poisson event ('tau-leap')."""
    E = eye3(D[0].shape[0]); out = []
    for i in (0, 1):
        Dz = (D[i] * E[i]).sum(0); A = a * np.maximum(1 - Dz, 0)
        jump = A * np.exp(-A) if one_event else -np.expm1(-A)
        off = D[i] * (1 - E[i]) / np.maximum(1 - Dz, 1e-300)[None]
        out.append(off * jump[None] + E[i] * (1 - jump)[None])
    return out


def sample_general(tb, s, n, one_event=None, temp=1.0, corr=None, src=None):
    p = tb['M00'].copy(); V = p.shape[0]; E = eye3(V)
    for i in range(n):
        t, h_ = i / n, 1 / n
        D = oracle(tb, s.k(t))
        if temp != 1.0:
            D = [np.where(d > 0, np.exp(np.log(np.maximum(d, 1e-300)) / temp), 0) for d in D]
            D = [d / d.sum(0, keepdims=True) for d in D]
        if i == n - 1:
            P = kern(D, 1.0)
        elif one_event is not None:
            P = kern_rate(D, h_ * s.lam(t), one_event)
        elif corr is not None:
            al = corr(t); be = al - 1
            rf, rb = al * s.lam(t), (be * s.mu(t) if t > 0 else 0.0)
            R = rf + rb; th = -np.expm1(-h_ * R) if R > 0 else 0.0
            P = [(1 - th) * E[j] + th * ((rf / R) * D[j] + (rb / R) * src[j][:, None, None]) for j in (0, 1)] if R > 0 else E
        else:
            P = kern(D, min(1.0, (s.k(t + h_) - s.k(t)) / s.om(t)))
        p = push(P, p)
    return p


print("   uniform source, linear: tau-leaping (exactly one Poisson event) " + " ".join(f"n={n}:{tv(sample_general(tbu,LIN,n,True),q5):.5f}" for n in (8, 32, 128)) +
      " | rate-exp 1-exp(-h lam(1-D(z))) " + " ".join(f"n={n}:{tv(sample_general(tbu,LIN,n,False),q5):.5f}" for n in (8, 32, 128)))
print("   temperature on the oracle denoiser, linear, n=64, TV to q: " + "; ".join(f"tau={T}: mask {tv(sample_general(tbm,LIN,64,temp=T),tmask_q):.4f} uniform {tv(sample_general(tbu,LIN,64,temp=T),q5):.4f}" for T in (1.0, 0.9, 0.8)))
srcm = [np.eye(K + 1)[K]] * 2; srcu = [np.full(K, 1 / K)] * 2
for s in (LIN, CUB):
    for nm_, tbx, qn, sr in (('mask', tbm, tmask_q, srcm), ('uniform', tbu, q5, srcu)):
        print(f"   corrector, exponential kernel, {nm_:7s} {s.name:10s}: " + " | ".join(
            f"{lab} " + " ".join(f"n={n}:{tv(sample_general(tbx,s,n,corr=cf,src=sr),qn):.4f}" for n in (16, 64, 256)) for lab, cf in (
                ("none", lambda t: 1.0), ("eta=10 (1+10t)", lambda t: 1 + 10 * t), ("image 12t^2(1-t)^.25", lambda t: 1 + 12 * t ** 2 * (1 - t) ** .25), ("text 10(t(1-t))^.25", lambda t: 1 + 10 * (t * (1 - t)) ** .25))))


def sample_overshoot(tb, s, n, acorr, src, Dfun=None):
    """forward with the exact hazard integral times alpha, then exact re-noising back to kappa_{t+h}; 1 evaluation/step."""
    p = tb['M00'].copy(); V = p.shape[0]; E = eye3(V)
    for i in range(n):
        t, t2 = i / n, (i + 1) / n
        D = Dfun(s.k(t)) if Dfun else oracle(tb, s.k(t))
        if i == n - 1:
            p = push(kern(D, 1.0), p); break
        al = acorr(0.5 * (t + t2))
        th = -np.expm1(al * np.log(s.om(t2) / s.om(t)))
        p = push(kern(D, th), p)
        kk = 1 - s.om(t) * (1 - th); back = 1 - s.k(t2) / kk
        p = push([(1 - back) * E[j] + back * src[j][:, None, None] for j in (0, 1)], p)
    return p


print("   overshoot/re-noise form of the image corrector: " + "; ".join(
    f"{nm_} {s.name} " + " ".join(f"n={n}:{tv(sample_overshoot(tbx,s,n,lambda t:1+12*t**2*(1-t)**.25,sr),qn):.4f}" for n in (16, 64, 256))
    for s in (LIN, CUB) for nm_, tbx, qn, sr in (('mask', tbm, tmask_q, srcm), ('uniform', tbu, q5, srcu))))
# an imperfect denoiser: its error grows with the amount of noise left (eps * fraction of masked tokens)


def bad_mask(eps):
    D = oracle(tbm, 0.5); out = []
    for i in (0, 1):
        d = D[i].copy()
        d[:, K, K] = (1 - eps) * d[:, K, K] + eps * np.append(np.full(K, 1 / K), 0.0)
        out.append(d)
    return lambda k: out


print("   imperfect denoiser (40% uniform error while both tokens are masked), mask source, linear, TV to q:")
for n_ in (64, 256, 1024):
    base = sample_overshoot(tbm, LIN, n_, lambda t: 1.0, srcm, bad_mask(0.4))
    print(f"     n={n_}: alpha=1 {tv(base,tmask_q):.4f}   image corrector {tv(sample_overshoot(tbm,LIN,n_,lambda t:1+12*t**2*(1-t)**.25,srcm,bad_mask(0.4)),tmask_q):.4f}   eta=10 {tv(sample_overshoot(tbm,LIN,n_,lambda t:1+10*t,srcm,bad_mask(0.4)),tmask_q):.4f}")
# single-token exactness
e1 = 0
tb1 = tables_indep(np.outer(iid, np.eye(K)[0]), np.outer(q1, np.eye(K)[0]))      # token 2 constant -> N=1 problem
for n in (1, 2, 5):
    e1 = max(e1, np.max(np.abs(sample_pmf(tb1, CUB, n, 'exact') - np.outer(q1, np.eye(K)[0]))))
check("N=1: the exact step reproduces q for any number of steps (even 1)", e1, 1e-14)
# low-rank O(V^3) push-forward for product sources
kap, th = 0.3, 0.2
p, N1, _ = fast(tbu, kap); D = posterior(p, N1)
g1 = kap * q5 + (1 - kap) * np.outer(q1, u5.sum(0)); r1 = g1 / g1.sum(0)[None]            # r1[y,z2]
g2 = kap * q5 + (1 - kap) * np.outer(u5.sum(1), q2); r2 = g2 / g2.sum(1)[:, None]         # r2[z1,y]
th1 = th * (1 - kap * g1 / p); th2 = th * (1 - kap * g2 / p)
pc = p * 1.3 * (1 + 0.2 * np.sin(ii + 2 * jj)); pc /= pc.sum()
fastp = ((1 - th1) * (1 - th2) * pc + r1 * (th1 * (1 - th2) * pc).sum(0)[None] + r2 * (th2 * (1 - th1) * pc).sum(1)[:, None]
         + r1 @ (th1 * th2 * pc).T @ r2)
check("O(V^3) push-forward (two matmuls) == dense O(V^4) push-forward", np.max(np.abs(fastp - push(kern(D, th), pc))), 1e-15)
# Euler rows under adaptive steps
mn, mneg, rs = 1.0, 0.0, 0.0
al_f = lambda t: 1 + 12 * t ** 2 * (1 - t) ** 0.25
for tbx in (tbu, tbm, tables_dense(picc), tables_dense(pis)):
    V = tbx['M00'].shape[0]; E = eye3(V)
    for s in SCHEDS:
        for t in (0.02, 0.2, 0.5, 0.8, 0.95, 0.999):
            p, N1, N0 = fast(tbx, s.k(t)); D1, D0 = posterior(p, N1), posterior(p, N0)
            for al in (1.0, al_f(t)):
                be = al - 1; R = al * s.lam(t) + be * s.mu(t)
                if R < 1e-9:                     # flat spot of the scheduler: any step is admissible
                    continue
                hb = 1 / R
                for fac in (1.0, 1.5):
                    hh = fac * hb
                    P = [E[i] + hh * (al * s.lam(t) * (D1[i] - E[i]) - be * s.mu(t) * (E[i] - D0[i])) for i in (0, 1)]
                    m = min(P[0].min(), P[1].min())
                    if fac == 1.0:
                        mn = min(mn, m); rs = max(rs, np.max(np.abs(P[0].sum(0) - 1)))
                    else:
                        mneg = min(mneg, m)
check("adaptive step h=1/(alpha k'/(1-k)+beta k'/k): all transition rows >= 0", max(0, -mn), 1e-12)
check("adaptive step: rows sum to 1", rs, 1e-12)
print(f"   with h = 1.5 x the bound the most negative entry is {mneg:.3f} (clamping would be needed)")


def n_adaptive(s, hmax, corr=None, eps=1e-3, cap=10 ** 6):
    """evaluations used by h = min(hmax, 1/R(t)); a step that may reach t=1 is the last one (all tokens take x1);
    if the rule stalls (Zeno) the last evaluation is forced once 1-t < eps."""
    t, n = 0.0, 0
    while n < cap:
        al = corr(t) if corr else 1.0
        be = al - 1
        R = al * s.lam(max(t, 1e-12)) + (be * s.mu(t) if t > 0 and be > 0 else 0.0)
        h_ = min(hmax, 1 / R if R > 0 else hmax)
        n += 1
        if h_ >= 1 - t - 1e-12 or 1 - t < eps:
            return n
        t += max(h_, 1e-9)
    return n


print("   NFE of the adaptive rule (forced clean-up once 1-t<1e-3), base step 1/n:")
for s in (LIN, CUB, COS, SIN2, hermite(0, 0)):
    print(f"     {s.name:22s} no corrector: " + " ".join(f"n={n}:{n_adaptive(s,1/n)}" for n in (8, 64, 256, 1024)) +
          "   image corrector 12 t^2(1-t)^.25: " + " ".join(f"n={n}:{n_adaptive(s,1/n,al_f)}" for n in (64, 256, 1024)) +
          "   text corrector 10 t^.25(1-t)^.25: " + " ".join(f"n={n}:{n_adaptive(s,1/n,lambda t:1+10*t**.25*(1-t)**.25)}" for n in (256, 1024)))

# exact re-noising
err = 0
for p0 in (u5, np.outer(iid, iid2)):
    tbx = tables_indep(p0, q5); a1, a2 = p0.sum(1), p0.sum(0)
    E = eye3(K); kt, ks = 0.8, 0.55; th = 1 - ks / kt
    P = [(1 - th) * E[0] + th * a1[:, None, None], (1 - th) * E[1] + th * a2[:, None, None]]
    err = max(err, np.max(np.abs(push(P, fast(tbx, kt)[0]) - fast(tbx, ks)[0])))
E6 = eye3(K + 1); th = 1 - 0.55 / 0.8; em = np.eye(K + 1)[K]
P = [(1 - th) * E6[i] + th * em[:, None, None] for i in (0, 1)]
err = max(err, np.max(np.abs(push(P, fast(tbm, .8)[0]) - fast(tbm, .55)[0])))
check("re-noising w.p. 1-k_s/k_t maps p_t to p_s exactly (parallel, any step)", err, 1e-15)

# corrector iterations at fixed t
section("5b. corrector iterations (alpha = beta, t fixed)")
for nm, tbx in (("uniform, independent", tbu), ("mask, independent", tbm), ("mask, C-coupling", tables_dense(picc)), ("entropic OT", tables_dense(pis))):
    V = tbx['M00'].shape[0]; E = eye3(V); t = 0.6; s = LIN
    p, N1, N0 = fast(tbx, s.k(t)); D1, D0 = posterior(p, N1), posterior(p, N0)
    dead = (p <= 0)[None]                        # states with p_t = 0: Bayes undefined; fall back to the source marginal
    D0 = [np.where(dead, tbx['M00'].sum(1)[:, None, None], D0[0]), np.where(dead, tbx['M00'].sum(0)[:, None, None], D0[1])]
    lam, mu = s.lam(t), s.mu(t)

    def KER(hh):
        return [E[i] + hh * (lam * (D1[i] - E[i]) - mu * (E[i] - D0[i])) for i in (0, 1)]
    hb = 1 / (lam + mu)
    Pk = KER(hb)
    seq = np.einsum('aij,ij->aj', Pk[0], p); seq = np.einsum('bij,ij->ib', Pk[1], seq)
    check(f"one token at a time, largest step h={hb:.2f}: p_t exactly invariant [{nm}]", np.max(np.abs(seq - p)), 1e-15)
    d = [tv(push(KER(hh), p), p) for hh in (hb / 4, hb / 8, hb / 16, hb / 32)]
    check(f"parallel update: drift is O(h^2) (ratio of halvings -> 4) [{nm}]", abs(d[2] / d[3] - 4), 0.3, f"drift/h^2 = {d[3]/(hb/32)**2:.3f}")
    bias = []
    for fac in (1, 2, 4, 8):
        xx = p.copy(); Kp = KER(hb / fac)
        for _ in range(400 * fac):
            xx = push(Kp, xx)
        bias.append(tv(xx, p))
    print(f"     [{nm}] stationary bias of the parallel update (TV) at h = hmax/1,/2,/4,/8: " + " ".join(f"{v:.1e}" for v in bias))
    x1 = {'uniform, independent': tbx['M00'], 'mask, independent': pad(np.outer(q1, q2)), 'mask, C-coupling': pad(np.outer(q1, q2)),
          'entropic OT': np.eye(V)[0][:, None] * np.eye(V)[0][None]}[nm].copy()
    hist = []
    Ps = KER(0.7 * hb)
    for it in range(1, 601):
        x1 = np.einsum('aij,ij->aj', Ps[0], x1); x1 = np.einsum('bij,ij->ib', Ps[1], x1)
        if it in (1, 2, 5, 10, 20, 50):
            hist.append(tv(x1, p))
    print(f"     [{nm}] sequential, h=0.7 hmax: TV to p_t from a wrong start after 1,2,5,10,20,50 sweeps: " + " ".join(f"{v:.1e}" for v in hist))
    check(f"iterations converge to p_t from another pmf [{nm}]", tv(x1, p), 1e-8)

# ---------------------------------------------------------------------------------------------
section("5c. Monte-Carlo samplers: exact token-clock simulation, Euler particles, MaskGIT")


def mc_tv_floor(q, n):
    return 0.5 * np.sum(np.sqrt(2 * q * (1 - q) / (pi_ * n)))


def loo_posterior(z, i, kap, q, p0m):
    """rows of p_1|t(.|z) for token i, per-particle kappa; independent coupling, product source (p0m = list of 2 marginals)."""
    zi, zo = z[:, i], z[:, 1 - i]
    qq = q if i == 0 else q.T
    qi = qq.sum(1)
    gcol = kap[:, None] * qq[:, zo].T + ((1 - kap) * p0m[1 - i][zo])[:, None] * qi[None]
    own = np.take_along_axis(gcol, zi[:, None], 1)[:, 0]
    num = ((1 - kap) * p0m[i][zi])[:, None] * gcol
    num[np.arange(len(zi)), zi] += kap * own
    return num / num.sum(1, keepdims=True)


def cat(P):
    c = np.cumsum(P, 1); u = RNG.random(len(P)) * c[:, -1]
    return np.minimum((c < u[:, None]).sum(1), P.shape[1] - 1)


def cat1(p, n):
    c = np.cumsum(p); return np.minimum(np.searchsorted(c, RNG.random(n) * c[-1], side='right'), len(p) - 1)


def hist2(z, V):
    return np.bincount(z[:, 0] * V + z[:, 1], minlength=V * V).reshape(V, V) / len(z)


n = 200_000
p0m = [np.full(K, 1 / K)] * 2
z = np.stack([cat1(p0m[0], n), cat1(p0m[1], n)], 1)
om = np.ones(n); eps = 1e-5; KT = 0.6
snap = np.full((n, 2), -1); events = 0; active = np.arange(n)
while len(active):
    new = om[active] * RNG.random(len(active)) ** 0.5          # ring of N=2 unit clocks in s=-ln(1-kappa)
    cross = (om[active] > 1 - KT) & (new <= 1 - KT)
    snap[active[cross]] = z[active[cross]]
    live = new > eps
    a = active[live]; om[a] = new[live]
    i = RNG.integers(0, 2, len(a))
    for ax in (0, 1):
        s_ = a[i == ax]
        if len(s_):
            z[s_, ax] = cat(loo_posterior(z[s_], ax, 1 - om[s_], q5, p0m))
    events += len(a); active = a
fl = mc_tv_floor(q5, n)
pT = fast(tbu, KT)[0]
check("token-clock CTMC simulation (uniform source): TV at kappa=0.6", tv(hist2(snap, K), pT), 2.0 * mc_tv_floor(pT, n), f"noise floor {mc_tv_floor(pT,n):.4f}")
check("token-clock CTMC simulation: TV at kappa=1-1e-5", tv(hist2(z, K), q5), 2.0 * fl, f"noise floor {fl:.4f}; {events/n:.1f} rings per particle")
# Euler particles
for nsteps in (8, 64):
    z = np.stack([cat1(p0m[0], n), cat1(p0m[1], n)], 1)
    for i in range(nsteps):
        t = i / nsteps; th = 1.0 if i == nsteps - 1 else (1 / nsteps) * LIN.lam(t)
        Pz = [loo_posterior(z, ax, np.full(n, t), q5, p0m) for ax in (0, 1)]
        new = np.stack([np.where(RNG.random(n) < th, cat(Pz[ax]), z[:, ax]) for ax in (0, 1)], 1)
        z = new
    ex = sample_pmf(tbu, LIN, nsteps, 'euler')
    check(f"Euler particles n={n}, {nsteps} steps == exact push-forward pmf (TV)", tv(hist2(z, K), ex), 2.0 * fl, f"TV to q: {tv(hist2(z,K),q5):.4f} (exact {tv(ex,q5):.4f})")
mcf = np.mean([tv(RNG.multinomial(4000, q5.ravel() / q5.sum()) / 4000, q5.ravel()) for _ in range(300)])
check("TV noise floor 0.5 sum sqrt(2q(1-q)/(pi n)) vs simulation (relative)", abs(mcf / mc_tv_floor(q5, 4000) - 1), 0.05, f"{mcf:.4f} vs {mc_tv_floor(q5,4000):.4f}")
# MaskGIT on N=2 with 2 rounds, deterministic confidence: enumerate
q1c = q5 / np.where(q2 > 0, q2, 1)[None]; q2c = q5 / np.where(q1 > 0, q1, 1)[:, None]
W1 = np.array([sum(q2[b] * (1.0 if q1[a] > q2[b] else 0.0) for b in range(K)) for a in range(K)])
W2 = np.array([sum(q1[a] * (1.0 if q2[b] >= q1[a] else 0.0) for a in range(K)) for b in range(K)])
mg = (q1 * W1)[:, None] * q2c + (q2 * W2)[None] * q1c
a_ = cat1(q1, n); b_ = cat1(q2, n); keep1 = q1[a_] > q2[b_]
z = np.empty((n, 2), int)
z[keep1, 0] = a_[keep1]; z[keep1, 1] = cat(q2c[a_[keep1]])
z[~keep1, 1] = b_[~keep1]; z[~keep1, 0] = cat(q1c[:, b_[~keep1]].T)
check("MaskGIT (N=2, 2 rounds, no Gumbel noise): enumeration == simulation (TV)", tv(hist2(z, K), mg), 2.0 * fl, f"bias TV(MaskGIT,q)={tv(mg,q5):.4f}; DFM mask n=2 {tv(sample_pmf(tbm,LIN,2,'exact'),tmask_q):.4f}, n=64 {tv(sample_pmf(tbm,LIN,64,'exact'),tmask_q):.4f}")

# ---------------------------------------------------------------------------------------------
section("6. losses: Bayes-optimal CE, generalised-KL (NELBO)")


def H(p):
    p = np.asarray(p)[np.asarray(p) > 0]; return -(p * np.log(p)).sum()


def ce_min(tb, kap):
    p, N1, _ = fast(tb, kap)
    return sum(H(N1[i]) - H(p) for i in (0, 1))


def gkl(tb, kap, D=None):
    """(1-kappa)-free integrand: E sum_i [-D(z)+delta - (1-delta) log D(x1)], times 1/(1-kappa) = d(NELBO)/d(kappa)."""
    p, N1, _ = fast(tb, kap); V = p.shape[0]; E = eye3(V)
    if D is None:
        D = posterior(p, N1)
    tot = 0
    for i in (0, 1):
        with np.errstate(divide='ignore', invalid='ignore'):
            ll = np.where(N1[i] * (1 - E[i]) > 0, -np.log(D[i]), 0.0)
        tot += (N1[i] * E[i]).sum() - (p[None] * D[i] * E[i]).sum() + (N1[i] * (1 - E[i]) * ll).sum()
    return tot / (1 - kap)


xg, wg = np.polynomial.legendre.leggauss(120); xg, wg = (xg + 1) / 2, wg / 2


def int_kappa(f):                      # integral over kappa in [0,1] with 1-kappa = v^3 (integrable log end-point)
    return sum(w * 3 * v * v * f(1 - v ** 3) for v, w in zip(xg, wg))


Hq, H1, H2 = H(q5), H(q1), H(q2)
nm_mask, nm_unif = int_kappa(lambda k: gkl(tbm, k)), int_kappa(lambda k: gkl(tbu, k))
print(f"   H(q)={Hq:.5f}  min NELBO mask={nm_mask:.5f}  min NELBO uniform={nm_unif:.5f} (gap {nm_unif-Hq:.5f} nats)")
check("mask source: minimum of the generalised-KL NELBO equals H(q)", abs(nm_mask - Hq), 1e-9)
check("uniform source: minimum NELBO >= H(q) (strict: mixture of bridges is not Markov)", max(0, Hq + 1e-3 - nm_unif), 0.0)
err = 0
for s in (QUAD, CUB, COS):
    val = sum(w * s.dk(t) * gkl(tbm, s.k(t)) for t, w in zip(xg, wg))
    err = max(err, abs(val - Hq))
check("NELBO value does not depend on the scheduler (integrated in t, mask)", err, 1e-6)
err = 0
for k in (0.1, 0.5, 0.9):
    err = max(err, abs(ce_min(tbm, k) - ((1 - k) ** 2 * (H1 + H2) + k * (1 - k) * (2 * Hq - H1 - H2))))
check("mask CE*(t) = (1-k)^2 (H1+H2) + k(1-k)(H(1|2)+H(2|1))", err, 1e-12)
print("   Bayes-optimal cross-entropy L* = int_0^1 sum_i H(X1^i|X_t) dt (nats, both tokens):")
for s in (LIN, QUAD, CUB, COS):
    print(f"     {s.name:22s} mask {sum(w*ce_min(tbm,s.k(t)) for t,w in zip(xg,wg)):.5f}   uniform {sum(w*ce_min(tbu,s.k(t)) for t,w in zip(xg,wg)):.5f}")
def nelbo_rate_diffusion(tb, p0m, kap):
    """d(min NELBO)/d(kappa) when the conditional process is the time reversal of the memoryless noising (27):
    u^{x1}(a,b) = mu p0(b) p_t(a|x1)/p_t(b|x1), mu = 1/kappa per unit kappa."""
    p, N1, _ = fast(tb, kap); tot = 0.0
    for i in (0, 1):
        V = p.shape[0]; pc = (1 - kap) * p0m[i][:, None] + kap * np.eye(V)            # pc[b,y] = p_t(b | x1^i=y)
        U = np.einsum('b,ay,by->aby', p0m[i], pc, 1 / pc) / kap                       # U[a,b,y]
        J = N1[i] if i == 0 else N1[i].transpose(0, 2, 1)                             # J[y, b=z^i, other]
        pb = J.sum(0)
        um = np.einsum('aby,ybo->abo', U, J) / pb[None]
        off = 1 - np.eye(V)
        with np.errstate(divide='ignore', invalid='ignore'):
            t1 = np.einsum('aby,ybo,ab->', U * np.log(U), J, off)
            t2 = np.einsum('abo,bo,ab->', um * np.log(um), pb, off)
        tot += t1 - t2
    return tot


nd = int_kappa(lambda k: nelbo_rate_diffusion(tbu, [np.full(K, 1 / K)] * 2, k))
check("uniform source, velocity = time reversal of memoryless noising: min NELBO = H(q)", abs(nd - Hq), 2e-3, f"{nd:.5f} vs H(q) {Hq:.5f}")
# ELBO for a wrong model
noise = RNG.normal(size=(K, K)) * 0.5


def wrong(kap, V=K):
    g1 = kap * q5 + (1 - kap) * np.outer(q1, np.full(K, 1 / K)); r1 = g1 * np.exp(noise); r1 = r1 / r1.sum(0)[None]
    g2 = kap * q5 + (1 - kap) * np.outer(np.full(K, 1 / K), q2); r2 = g2 * np.exp(-noise); r2 = r2 / r2.sum(1)[:, None]
    p = fast(tbu, kap)[0]; E = eye3(K)
    return [(1 - kap * g1 / p)[None] * np.repeat(r1[:, None, :], K, 1) + (kap * g1 / p)[None] * E[0],
            (1 - kap * g2 / p)[None] * np.repeat(r2.T[:, :, None], K, 2) + (kap * g2 / p)[None] * E[1]]


def integrate_kfe(Dfun, p, smax=14.0, n=2800):
    """dp/ds = sum_i inflow - outflow with rate-1 clocks, s=-ln(1-kappa) (RK4)."""
    def rhs(p_, s_):
        D = Dfun(-np.expm1(-s_)); return np.einsum('yab,ab->yb', D[0], p_) + np.einsum('yab,ab->ay', D[1], p_) - 2 * p_
    hs = smax / n
    for i in range(n):
        s_ = i * hs
        k1 = rhs(p, s_); k2 = rhs(p + hs / 2 * k1, s_ + hs / 2); k3_ = rhs(p + hs / 2 * k2, s_ + hs / 2); k4 = rhs(p + hs * k3_, s_ + hs)
        p = p + hs / 6 * (k1 + 2 * k2 + 2 * k3_ + k4)
    return p


po = integrate_kfe(lambda k: oracle(tbu, k), u5.copy())
check("RK4 integration of the oracle Kolmogorov equation ends at q (s_max=14)", tv(po, fast(tbu, 1 - np.exp(-14.0))[0]), 1e-9)
pw = integrate_kfe(wrong, u5.copy())
nel = int_kappa(lambda k: gkl(tbu, k, wrong(k)))
ce = -(q5[q5 > 0] * np.log(pw[q5 > 0])).sum()
check("ELBO: NELBO(model) >= -E_q log p_model(x1)", max(0, ce - nel), 0, f"NELBO {nel:.4f} >= CE {ce:.4f} >= H(q) {Hq:.4f}")
# Bregman/gKL derivation for one token, random rates
lamr = 1.7; Dm = RNG.dirichlet(np.ones(K)); e = 0
for x1_ in range(K):
    for zz in range(K):
        ut = lamr * (np.eye(K)[x1_]); um = lamr * Dm
        path = sum((ut[y] * np.log(ut[y] / um[y]) if ut[y] > 0 else 0) - ut[y] + um[y] for y in range(K) if y != zz)
        dlt = float(x1_ == zz)
        e = max(e, abs(path - (-lamr * (Dm[zz] - dlt + (1 - dlt) * np.log(Dm[x1_])))))
check("path-KL rate == -k'/(1-k) [p(x_t|x_t) - d + (1-d) log p(x1|x_t)]", e, 1e-14)

# ---------------------------------------------------------------------------------------------
section("7. kinetic-optimal velocities and metric-induced paths")


def metric_cond(beta, dbeta, d):
    """columns: p[x,x1] = softmax_x(-beta d(x,x1)); pd = dp/dt."""
    L = -beta * d; L = L - L.max(0, keepdims=True)
    p = np.exp(L); p /= p.sum(0, keepdims=True)
    return p, p * (-dbeta) * (d - (p * d).sum(0, keepdims=True))


Vn = 6
for a_, c_, lp in ((1.0, 3.0, 1), (0.9, 3.0, 2), (2.0, 1.5, 1)):
    d = (np.abs(np.arange(Vn)[:, None] - np.arange(Vn)[None]) / (Vn - 1)) ** lp
    bet = lambda t: c_ * (t / (1 - t)) ** a_
    dbet = lambda t: bet(t) * a_ / (t * (1 - t))
    qr = RNG.dirichlet(np.ones(Vn * Vn)).reshape(Vn, Vn)
    ec = em = ef = eg = 0
    for t in (0.05, 0.3, 0.6, 0.9):
        P, Pd = metric_cond(bet(t), dbet(t), d)
        hh = 1e-6
        Pp, Pm = metric_cond(bet(t + hh), 1, d)[0], metric_cond(bet(t - hh), 1, d)[0]
        ef = max(ef, np.max(np.abs((Pp - Pm) / (2 * hh) - Pd)) / max(1, np.max(np.abs(Pd))))
        U = np.zeros((Vn, Vn, Vn))                       # U[x,z,x1] = p(x|x1) beta' [d(z,x1)-d(x,x1)]_+
        for x1_ in range(Vn):
            U[:, :, x1_] = P[:, x1_][:, None] * dbet(t) * np.maximum(d[:, x1_][None, :] - d[:, x1_][:, None], 0)
            J = U[:, :, x1_] * P[:, x1_][None, :]
            ec = max(ec, np.max(np.abs(J.sum(1) - J.sum(0) - Pd[:, x1_])) / max(1, np.max(np.abs(Pd))))
            gen = np.maximum(P[:, x1_][None, :] * Pd[:, x1_][:, None] - Pd[:, x1_][None, :] * P[:, x1_][:, None], 0)
            eg = max(eg, np.max(np.abs(gen - J)) / max(1, gen.max()))
        # marginal on the grid: axis fluxes  F1[y,z1,z2] = sum_x1 U(y,z1|x1^1) P(z1|x1^1) (q P^T)(x1^1,z2)
        p = P @ qr @ P.T
        pd = Pd @ qr @ P.T + P @ qr @ Pd.T
        F1 = np.einsum('yzb,zb,bw->yzw', U, P, qr @ P.T); F2 = np.einsum('ywb,wb,zb->yzw', U, P, P @ qr)
        em = max(em, np.max(np.abs(sum(net([F1, F2])) - pd)) / max(1, np.max(np.abs(pd))))
        # posterior O(V^3)
        N1 = np.einsum('zb,bw->bzw', P, qr @ P.T)
        br = np.einsum('bc,zb,wc->bzw', qr, P, P)
        eg = max(eg, np.max(np.abs(N1 - br)))
    check(f"metric path softmax(-beta d): dp/dt formula (a={a_},c={c_},|.|^{lp})", ef, 1e-6)
    check("   u = p(x|x1) beta'[d(z,x1)-d(x,x1)]_+ : conditional Kolmogorov", ec, 1e-13)
    check("   equals flux [p(z)p'(x)-p'(z)p(x)]_+/p(z); posterior O(V^3) == brute force", eg, 1e-13)
    check("   marginal velocity on the 2D grid: dp/dt = -div", em, 1e-13)
# mixture path is kinetic optimal; R* of Campbell also generates; superposition
err = er2 = er3 = er4 = 0
for t in (0.1, 0.5, 0.9):
    s = CUB; k, dk = s.k(t), s.dk(t)
    for x1_ in range(K):
        p = (1 - k) * iid + k * np.eye(K)[x1_]; pd = dk * (np.eye(K)[x1_] - iid)
        ko = np.maximum(p[None, :] * pd[:, None] - pd[None, :] * p[:, None], 0)
        dfm = s.lam(t) * np.eye(K)[x1_][:, None] * p[None, :] * (1 - np.eye(K))
        err = max(err, np.max(np.abs(ko - dfm)))
        rst = np.maximum(pd[:, None] - pd[None, :], 0) / K
        er2 = max(er2, np.max(np.abs(rst.sum(1) - rst.sum(0) - pd)))
        wsup = 0.3 + 0.4 * t
        mix = wsup * dfm + (1 - wsup) * rst
        er3 = max(er3, np.max(np.abs(mix.sum(1) - mix.sum(0) - pd)))
        er4 = max(er4, np.max(np.abs(rst - dfm)))
check("mixture path: kinetic-optimal flux == DFM flux", err, 1e-15)
check("Campbell R* flux ReLU(p'(x)-p'(z))/S generates the same conditional path", er2, 1e-15, f"(differs from DFM by up to {er4:.3f} for a non-uniform source)")
check("superposition w u + (1-w) u' generates the same path", er3, 1e-15)
# kinetic-optimal scheduler = Fisher-Rao geodesic
tq = xg


def action(kf, dkf, p01):
    tot = 0
    for t, w in zip(tq, wg):
        k, dk = kf(t), dkf(t)
        tot += w * 0.25 * dk ** 2 * (1 - p01) * (1 / (1 - k) + (1 - p01) / ((1 - k) * p01 + k))
    return tot


for p01, nm in ((1e-12, 'mask'), (1 / K, 'uniform K=5'), (1 / 256, 'uniform K=256')):
    Om = np.arccos(np.sqrt(p01))
    kf = lambda t: 1 - np.sin((1 - t) * Om) ** 2 / np.sin(Om) ** 2
    dkf = lambda t: Om * np.sin(2 * (1 - t) * Om) / np.sin(Om) ** 2
    act = action(kf, dkf, p01)
    others = {s.name: action(s.k, s.dk, p01) for s in (LIN, QUAD, CUB, COS, SIN2)}
    check(f"kinetic-optimal scheduler action = Omega^2 ({nm})", abs(act - Om ** 2) / Om ** 2, 1e-6, f"Omega^2={Om**2:.4f}; " + " ".join(f"{k_.split('(')[0].split(' ')[0]}={v_:.3f}" for k_, v_ in others.items()))
    if nm == 'mask':
        check("mask: kinetic-optimal scheduler is sin^2(pi t/2)", np.max(np.abs(kf(g) - SIN2.k(g))), 1e-6)

# ---------------------------------------------------------------------------------------------
section("8. continuous counterparts on a 2D Gaussian mixture")
mus = np.array([[2.0, 0.0], [-1.0, 1.7], [0.3, -1.9]]); ss = np.array([0.4, 0.25, 0.6]); ww = np.array([0.5, 0.2, 0.3])


def gmm(x, al, sg2):
    """density, responsibilities, score for sum w N(al mu, sg2_k I)"""
    diff = x[:, None, :] - al * mus[None]
    lg = np.log(ww)[None] - np.log(2 * pi_ * sg2)[None] - (diff ** 2).sum(-1) / (2 * sg2)[None]
    m = lg.max(1, keepdims=True); ex = np.exp(lg - m); Z = ex.sum(1, keepdims=True)
    r = ex / Z
    return (np.exp(m) * Z)[:, 0], r, -(r[..., None] * diff / sg2[None, :, None]).sum(1)


def u_fm(x, t):
    sg2 = t * t * ss ** 2 + (1 - t) ** 2
    p, r, sc = gmm(x, t, sg2)
    coef = (t * ss ** 2 - (1 - t)) / sg2
    return p, (r[..., None] * (mus[None] + coef[None, :, None] * (x[:, None] - t * mus[None]))).sum(1), sc


BMIN, BMAX = 0.1, 20.0


def vp(x, tau):
    B = BMIN * tau + 0.5 * (BMAX - BMIN) * tau ** 2; al = np.exp(-0.5 * B); sg2 = al ** 2 * ss ** 2 + (1 - al ** 2)
    p, r, sc = gmm(x, al, sg2); bt = BMIN + (BMAX - BMIN) * tau
    return p, -0.5 * bt * (x + sc), sc


xs = RNG.normal(size=(400, 2)) * 1.5


def ce_resid(vf, t):
    e = 1e-4
    dp = (vf(xs, t + e)[0] - vf(xs, t - e)[0]) / (2 * e)
    div = 0
    for a in (0, 1):
        sh = np.zeros(2); sh[a] = e
        pp, up, _ = vf(xs + sh, t); pm_, um, _ = vf(xs - sh, t)
        div = div + (pp * up[:, a] - pm_ * um[:, a]) / (2 * e)
    return np.max(np.abs(dp + div)) / max(1, np.max(np.abs(dp)))


check("conditional-OT marginal velocity (closed form): dp/dt + div(pu) = 0", max(ce_resid(u_fm, t) for t in (0.1, 0.4, 0.7, 0.95)), 1e-5)
check("VP probability-flow ODE: dp/dtau + div(pv) = 0", max(ce_resid(vp, t) for t in (0.05, 0.3, 0.8)), 1e-5)
e = 0
for t in (0.2, 0.6, 0.9):
    p, u, sc = u_fm(xs, t); e = max(e, np.max(np.abs(u - (xs + (1 - t) * sc) / t)))
    x1h = xs + (1 - t) * u; e = max(e, np.max(np.abs(x1h - (xs + (1 - t) ** 2 * sc) / t)))
check("u = (x + (1-t) score)/t ;  x1hat = x + (1-t) u = (x+(1-t)^2 score)/t", e, 1e-9)
tau = 0.3; Bq = BMIN * tau + 0.5 * (BMAX - BMIN) * tau ** 2; alq = np.exp(-0.5 * Bq); sgq = 1 - alq ** 2
_, rq, scq = gmm(xs, alq, alq ** 2 * ss ** 2 + sgq)
x0b = (rq[..., None] * (mus[None] + (alq * ss ** 2 / (alq ** 2 * ss ** 2 + sgq))[None, :, None] * (xs[:, None] - alq * mus[None]))).sum(1)
ab1, ab0 = 0.45, 0.52; a1_ = ab1 / ab0; b1_ = 1 - a1_
xt_, x0_ = RNG.normal(size=2), RNG.normal(size=2); ep = (xt_ - np.sqrt(ab1) * x0_) / np.sqrt(1 - ab1)
mA = np.sqrt(ab0) * b1_ / (1 - ab1) * x0_ + np.sqrt(a1_) * (1 - ab0) / (1 - ab1) * xt_
mB = (xt_ - b1_ / np.sqrt(1 - ab1) * ep) / np.sqrt(a1_)
check("VP: x0hat = (x + sigma^2 score)/alpha ; DDPM posterior mean, two forms", max(np.max(np.abs(x0b - (xs + sgq * scq) / alq)), np.max(np.abs(mA - mB))), 1e-12)
p, u, _ = u_fm(xs, 0.0); p1_, u1_, _ = u_fm(xs * 0.3 + 1, 1.0)
check("endpoints: u_0(x) = E[x1] - x ; u_1 finite", max(np.max(np.abs(u - ((ww[:, None] * mus).sum(0) - xs))), 0 if np.isfinite(u1_).all() else 1), 1e-12)
xg2, wg2 = np.polynomial.legendre.leggauss(60)
bx, by = (-0.5, 1.5), (-1.0, 1.0); t = 0.5
gx = (xg2 + 1) / 2 * (bx[1] - bx[0]) + bx[0]; gy = (xg2 + 1) / 2 * (by[1] - by[0]) + by[0]
wx, wy = wg2 / 2 * (bx[1] - bx[0]), wg2 / 2 * (by[1] - by[0])
XX = np.stack(np.meshgrid(gx, gy, indexing='ij'), -1).reshape(-1, 2); W2d = np.outer(wx, wy).ravel()
lhs = ((u_fm(XX, t + 1e-4)[0] - u_fm(XX, t - 1e-4)[0]) / 2e-4 * W2d).sum()
side = lambda pts, a, w: (lambda pu: (pu[0] * pu[1][:, a] * w).sum())(u_fm(pts, t))
outf = (side(np.stack([np.full(60, bx[1]), gy], 1), 0, wy) - side(np.stack([np.full(60, bx[0]), gy], 1), 0, wy)
        + side(np.stack([gx, np.full(60, by[1])], 1), 1, wx) - side(np.stack([gx, np.full(60, by[0])], 1), 1, wx))
check("divergence theorem on a box: d/dt mass = - boundary flux", abs(lhs + outf), 1e-6, f"d mass/dt = {lhs:.5f}")
# jump model on R: lambda=[p']_-/p, J=[p']_+/Z ; weak form of the KFE
yy = np.linspace(-9, 9, 20001); dy = yy[1] - yy[0]


def p1d(t):
    s2 = t * t * .16 + (1 - t) ** 2
    return .6 * np.exp(-(yy - 2 * t) ** 2 / 2 / s2) / np.sqrt(2 * pi_ * s2) + .4 * np.exp(-(yy + 1.5 * t) ** 2 / 2 / s2) / np.sqrt(2 * pi_ * s2)


t = 0.45; pt = p1d(t); pdt = (p1d(t + 1e-5) - p1d(t - 1e-5)) / 2e-5
f = np.sin(1.3 * yy) + 0.1 * yy ** 2
Jd = np.maximum(pdt, 0); Zj = Jd.sum() * dy; Jd /= Zj; lamj = np.maximum(-pdt, 0) / np.maximum(pt, 1e-300)
Lf = lamj * ((Jd * f).sum() * dy - f)
check("Generator matching: jump model [p']_-/p, J~[p']_+ solves the weak KFE", abs((pt * Lf).sum() * dy - (pdt * f).sum() * dy), 1e-6)
Fc = np.cumsum(pdt) * dy; uflow = -Fc / np.maximum(pt, 1e-12)
df = np.gradient(f, dy)
wj = 0.35
check("   superposition of flow (0.65) and jump (0.35) solves the weak KFE", abs(((1 - wj) * (pt * uflow * df).sum() + wj * (pt * Lf).sum()) * dy - (pdt * f).sum() * dy), 1e-3)
sc1 = np.gradient(np.log(pt + 1e-300), dy); d2f = np.gradient(df, dy)
inner = slice(2000, 18001)
check("   adding drift (e^2/2) score + diffusion e leaves the weak KFE unchanged", abs((pt * (0.5 * sc1 * df + 0.5 * d2f))[inner].sum() * dy), 2e-3)

# ---------------------------------------------------------------------------------------------
section("9. DisCo-Diff toy: 8 Gaussians on a ring of radius 3")
ang = np.arange(8) * pi_ / 4; mu8 = 3 * np.stack([np.cos(ang), np.sin(ang)], 1); s8 = 0.2


def den(x, t, z=None):
    comp = mu8[None] + s8 ** 2 / (s8 ** 2 + t ** 2) * (x[:, None] - mu8[None])
    if z is not None:
        return comp[np.arange(len(x)), z]
    lg = -((x[:, None] - mu8[None]) ** 2).sum(-1) / (2 * (s8 ** 2 + t ** 2)); r = np.exp(lg - lg.max(1, keepdims=True)); r /= r.sum(1, keepdims=True)
    return (r[..., None] * comp).sum(1)


def run_ode(z, x, ts):
    traj = [x]
    for a, b in zip(ts[:-1], ts[1:]):
        d1 = (x - den(x, a, z)) / a; xn = x + (b - a) * d1
        if b > 1e-3:
            d2 = (xn - den(xn, b, z)) / b; xn = x + (b - a) * 0.5 * (d1 + d2)
        x = xn; traj.append(x)
    return np.array(traj)


npt = 1500; rhoE = 7; smin, smax_, M = 0.002, 10.0, 400
ts = (smax_ ** (1 / rhoE) + np.arange(M) / (M - 1) * (smin ** (1 / rhoE) - smax_ ** (1 / rhoE))) ** rhoE; ts = np.append(ts, 0.0)
x0 = RNG.normal(size=(npt, 2)) * smax_; zlab = RNG.integers(0, 8, npt)
xc = mu8[zlab] + np.sqrt(s8 ** 2 + smax_ ** 2) * RNG.normal(size=(npt, 2))
trU, trC = run_ode(None, np.sqrt(smax_ ** 2 + s8 ** 2) * RNG.normal(size=(npt, 2)) + mu8[RNG.integers(0, 8, npt)], ts), run_ode(zlab, xc, ts)


def excess(tr):
    return np.mean(np.linalg.norm(np.diff(tr, axis=0), axis=-1).sum(0) / np.maximum(np.linalg.norm(tr[-1] - tr[0], axis=-1), 1e-9) - 1)


def curv(z, tr, dt=1e-3):
    out = []
    for ti in (5.0, 2.0, 1.0, 0.5):
        i = int(np.argmin(np.abs(ts - ti))); t = ts[i]; x = tr[i]
        G = lambda x_, t_: (x_ - den(x_, t_, z)) / t_
        g0 = G(x, t); xm = x - dt * g0; g1 = G(xm, t - dt)
        T0, T1 = g0 / np.linalg.norm(g0, axis=1, keepdims=True), g1 / np.linalg.norm(g1, axis=1, keepdims=True)
        out.append(np.median(np.linalg.norm(T0 - T1, axis=1) / np.linalg.norm(x - xm, axis=1)))
    return out


cu, cc = curv(None, trU), curv(zlab, trC)
print("   median curvature at t=5,2,1,0.5: unconditional " + " ".join(f"{v:.2e}" for v in cu) + " | per-latent " + " ".join(f"{v:.2e}" for v in cc))
print(f"   mean relative excess path length: unconditional {excess(trU):.4f}, per-latent {excess(trC):.2e}")
check("per-latent EDM ODE trajectories are straight (curvature ~ 0)", max(cc), 1e-6)
e = 0
xend = mu8[zlab] + (xc - mu8[zlab]) * s8 / np.sqrt(s8 ** 2 + smax_ ** 2)
check("per-latent closed form x(t) = mu + (x(T)-mu) sqrt((s^2+t^2)/(s^2+T^2))", np.max(np.abs(trC[-1] - xend)), 5e-3)
t = 1.0; xx = mu8[RNG.integers(0, 8, 200000)]; yv = xx + s8 * RNG.normal(size=xx.shape); zt = np.argmin(((xx[:, None] - mu8[None]) ** 2).sum(-1), 1)
xn = yv + t * RNG.normal(size=yv.shape)
lu, lc = np.mean(((den(xn, t) - yv) ** 2).sum(1)), np.mean(((den(xn, t, zt) - yv) ** 2).sum(1)); lt = np.mean(((den(xn, t) - den(xn, t, zt)) ** 2).sum(1))
check("loss reduction: E|D-y|^2 = E|D_z-y|^2 + E|D-D_z|^2 (law of total variance)", abs(lu - lc - lt), 0.02, f"{lu:.4f} = {lc:.4f} + {lt:.4f}")

# ---------------------------------------------------------------------------------------------
section("10. metrics")
pa, pb = RNG.dirichlet(np.ones(25)), RNG.dirichlet(np.ones(25)); m = (pa + pb) / 2
kl = lambda a, b: (a * np.log(a / b)).sum()
js = 0.5 * kl(pa, m) + 0.5 * kl(pb, m)
check("Pinsker TV^2 <= KL/2 ; 0<=JS<=ln2 ; JS = H(m)-(H(a)+H(b))/2", max(0, tv(pa, pb) ** 2 - kl(pa, pb) / 2, js - np.log(2), abs(js - (H(m) - (H(pa) + H(pb)) / 2)) - 1e-12), 0)


def frechet(m1, c1, m2, c2):
    w_, v_ = np.linalg.eigh(c1); r_ = (v_ * np.sqrt(np.maximum(w_, 0))) @ v_.T
    ev = np.linalg.eigvalsh(r_ @ c2 @ r_)
    return ((m1 - m2) ** 2).sum() + np.trace(c1) + np.trace(c2) - 2 * np.sqrt(np.maximum(ev, 0)).sum()


A, B = RNG.normal(size=(6, 6)), RNG.normal(size=(6, 6)); c1, c2 = A @ A.T, B @ B.T
lamc = np.linalg.eigvals(c1 @ c2)
check("Frechet distance: symmetric eigen form == eig(C1 C2) form ; zero for equal inputs",
      max(abs(frechet(np.zeros(6), c1, np.ones(6), c2) - (6 + np.trace(c1) + np.trace(c2) - 2 * np.sqrt(np.maximum(lamc.real, 0)).sum())),
          abs(frechet(np.zeros(6), c1, np.zeros(6), c1))), 1e-8)

bad = [n_ for n_, ok in RESULTS if not ok]
print(f"\n{len(RESULTS)-len(bad)}/{len(RESULTS)} checks passed in {time.time()-T_START:.1f} s")
if bad:
    print("FAILED:", *bad, sep="\n  ")
    sys.exit(1)
