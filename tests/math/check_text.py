#!/usr/bin/env python3
"""Checks of src/flow/math.md, section 15 (numpy only, one thread, about 10 s). Every line PASS/FAIL with its error; the exit
status says whether all passed."""
import os; os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
import itertools, math, sys, time
import numpy as np
T0 = time.time(); OK = [0, 0]
def check(name, err, tol, note=''):
    good = bool(err <= tol); OK[0] += good; OK[1] += 1
    print(f"[{'PASS' if good else 'FAIL'}] {name:<86} err={err:9.2e} tol={tol:7.0e} {note}")
rng = np.random.default_rng(7)

# ---------------------------------------------------------------- automata
class Automaton:
    """q(x) = a0 A_{x1} ... A_{xL} om;  edges (src, lab, dst, w), all >= 0."""
    def __init__(s, S, V, src, lab, dst, w, a0, om=None):
        s.S, s.V = S, V
        s.src, s.lab, s.dst = map(np.asarray, (src, lab, dst)); s.w = np.asarray(w, float)
        s.a0 = np.asarray(a0, float); s.om = np.ones(S) if om is None else np.asarray(om, float)
    def q(s, x):                                    # exact probability of a string
        a = s.a0
        for v in x:
            m = s.lab == v
            a = np.bincount(s.dst[m], a[s.src[m]] * s.w[m], s.S)
        return a @ s.om
    def fb(s, e):
        """e[i,v] = P(X_t^i = z^i | X_1^i = v).  Returns p_{1|t}[i,v], leave-one-out r[i,v], ln p_t(z)."""
        L = len(e); A = np.empty((L + 1, s.S)); A[0] = s.a0 / s.a0.sum(); lz = math.log(s.a0.sum())
        for i in range(L):
            a = np.bincount(s.dst, A[i][s.src] * s.w * e[i][s.lab], s.S); c = a.sum()
            A[i + 1] = a / c; lz += math.log(c)
        z = A[L] @ s.om; lz += math.log(z); b = s.om.copy(); post = np.empty((L, s.V)); loo = np.empty((L, s.V))
        for i in range(L - 1, -1, -1):
            g = A[i][s.src] * s.w * b[s.dst]
            r = np.bincount(s.lab, g, s.V); loo[i] = r / r.sum()
            p = r * e[i]; post[i] = p / p.sum()
            b = np.bincount(s.src, s.w * e[i][s.lab] * b[s.dst], s.S); b /= b.max()
        return post, loo, lz
    def ffbs_prob(s, e, x):
        """probability that backward sampling draws string x (sums over state paths): must be p(x1 = x | z)."""
        L = len(e); a = s.a0.copy(); num = s.a0.copy()
        for i in range(L):
            m = s.lab == x[i]
            num = np.bincount(s.dst[m], num[s.src[m]] * s.w[m] * e[i][x[i]], s.S)
            a = np.bincount(s.dst, a[s.src] * s.w * e[i][s.lab], s.S)
        return (num @ s.om) / (a @ s.om)

def random_hmm(S, V, fan, final=False):
    src, lab, dst, w = [], [], [], []
    for st in range(S):
        ed = [(v, d) for v in range(V) for d in range(S)]
        pick = rng.choice(len(ed), fan, replace=False); ww = rng.dirichlet(np.ones(fan))
        for j, k in zip(pick, ww): src.append(st); lab.append(ed[j][0]); dst.append(ed[j][1]); w.append(k)
    return Automaton(S, V, src, lab, dst, w, rng.dirichlet(np.ones(S)), rng.random(S) if final else None)
def random_pdfa(S, V, fan):
    src, lab, dst, w = [], [], [], []
    for st in range(S):
        for v, k in zip(rng.choice(V, fan, replace=False), rng.dirichlet(np.ones(fan))):
            src.append(st); lab.append(v); dst.append(rng.integers(S)); w.append(k)
    a0 = np.zeros(S); a0[0] = 1
    return Automaton(S, V, src, lab, dst, w, a0)
def table(A, L):
    X = np.array(list(itertools.product(range(A.V), repeat=L)))
    q = np.array([A.q(x) for x in X]); return X, q / q.sum()

print("== 1. exact posterior of an automaton language: forward-backward against enumeration (L=5, V=3)")
L, V = 5, 3
for nm, A in (('HMM, S=4, final weights', random_hmm(4, V, 6, True)), ('PDFA, S=4', random_pdfa(4, V, 2))):
    X, q = table(A, L)
    for path, k in (('mask', .4), ('uniform', .4), ('uniform', .9), ('pmf source', .3), ('any V x V emission (metric, three-way)', None)):
        err = ep = el = er = 0.
        for _ in range(25):
            x1 = X[rng.choice(len(X), p=q)]
            if path == 'mask':
                keep = rng.random(L) < k; z = np.where(keep, x1, -1)
                e = np.array([np.eye(V)[z[i]] * k if z[i] >= 0 else np.full(V, 1 - k) for i in range(L)])
            else:
                p0 = np.full(V, 1 / V) if path == 'uniform' else rng.dirichlet(np.ones(V))
                if k is None: M = rng.dirichlet(np.ones(V), V).T            # M[z, v]
                else: M = (1 - k) * p0[:, None] + k * np.eye(V)
                z = np.array([rng.choice(V, p=M[:, v]) for v in x1]); e = M[z]
            post, loo, lz = A.fb(e)
            lik = q * np.prod([e[i][X[:, i]] for i in range(L)], axis=0); pt = lik.sum(); lik /= pt
            br = np.array([[lik[X[:, i] == v].sum() for v in range(V)] for i in range(L)])
            err = max(err, np.abs(br - post).max())
            ep = max(ep, abs(lz - math.log(pt) - math.log(sum(A.q(x) for x in X))) if A.om.min() < 1 else abs(lz - math.log(pt)))
            j = rng.integers(len(X)); el = max(el, abs(A.ffbs_prob(e, X[j]) - lik[j]))
            if path in ('uniform', 'pmf source'):
                for i in range(L):
                    rho = k * loo[i][z[i]] / (k * loo[i][z[i]] + (1 - k) * p0[z[i]])
                    er = max(er, np.abs((1 - rho) * loo[i] + rho * np.eye(V)[z[i]] - post[i]).max())
                    # p_{0|t} by brute force: X0^i given z
                    f0 = (1 - rho) * np.eye(V)[z[i]] + rho * p0
                    b0 = np.zeros(V)
                    for y in range(V):   # P(x0=y, z | x1): kept (B=1): p0[y] k [z=x1]; replaced: p0[y](1-k)[z=y]
                        ei = p0[y] * (k * (X[:, i] == z[i]) + (1 - k) * (y == z[i]))
                        b0[y] = (q * ei * np.prod([e[n][X[:, n]] for n in range(L) if n != i], axis=0)).sum()
                    er = max(er, np.abs(b0 / b0.sum() - f0).max())
        check(f"p_1|t = forward-backward            [{nm}; {path}]", err, 1e-13)
        check(f"   ln p_t(z); joint p(x1|z) of backward sampling", max(ep, el), 1e-12)
        if path in ('uniform', 'pmf source'): check("   (1-rho) r + rho delta, and p_0|t = (1-rho) delta + rho p0 (same rho)", er, 1e-13)

print("== 2. entropy, n-gram marginals, unifilar (deterministic) automata")
A = random_pdfa(5, 4, 3); L = 6; X, q = table(A, L); qq = q[q > 0]; H = -(qq * np.log(qq)).sum()
P = A.a0.copy(); Hd = 0.; h = np.zeros(A.S)
np.add.at(h, A.src, -A.w * np.log(A.w))
for i in range(L):
    Hd += P @ h; P = np.bincount(A.dst, P[A.src] * A.w, A.S)
check("PDFA: H(q_L) = sum_i sum_s P_i(s) h(s)", abs(H - Hd), 1e-12, f"{Hd:.4f} nats")
# bigram expected counts by DP
cnt = np.zeros((4, 4)); P = A.a0.copy()
for i in range(L - 1):
    fl = P[A.src] * A.w
    for s_, v, d, f in zip(A.src, A.lab, A.dst, fl):
        m = A.src == d; np.add.at(cnt[v], A.lab[m], f * A.w[m])
    P = np.bincount(A.dst, fl, A.S)
br = np.zeros((4, 4))
for x, p in zip(X, q):
    for i in range(L - 1): br[x[i], x[i + 1]] += p
check("expected bigram counts by DP over edges", np.abs(br - cnt).max(), 1e-12)

print("== 3. mask source: information curve g(k) = sum_i H(X^i | X_A, each other token in A with prob k)")
L, V = 4, 3; A = random_hmm(4, V, 5); X, q = table(A, L)
def Hset(p, idx):
    if not idx: return 0.
    m = np.zeros([V] * len(idx)); np.add.at(m, tuple(X[:, i] for i in idx), p); m = m[m > 0]; return -(m * np.log(m)).sum()
HS = {a: Hset(q, a) for n in range(L + 1) for a in itertools.combinations(range(L), n)}
def g(k):
    t = 0.
    for i in range(L):
        oth = [j for j in range(L) if j != i]
        for n in range(L):
            for a in itertools.combinations(oth, n):
                t += k**n * (1 - k)**(L - 1 - n) * (HS[tuple(sorted(a + (i,)))] - HS[a])
    return t
gx, gw = np.polynomial.legendre.leggauss(8); gx, gw = (gx + 1) / 2, gw / 2
Hq = HS[tuple(range(L))]
check("int_0^1 g dk = H(q)  (continuous NELBO floor)", abs(sum(w * g(x) for x, w in zip(gx, gw)) - Hq), 1e-12, f"H={Hq:.4f}")
ks = np.linspace(0, 1, 101); gs = np.array([g(k) for k in ks])
check("g is non-increasing", max(0, np.diff(gs).max()), 0)
check("g(0) = sum of unigram entropies; g(1) = sum_i H(X^i | rest)", abs(gs[0] - sum(HS[(i,)] for i in range(L)))
      + abs(gs[-1] - sum(Hq - HS[tuple(j for j in range(L) if j != i)] for i in range(L))), 1e-12)

# the n-step sampler on the whole (V+1)^L mask lattice
Z = list(itertools.product(range(V + 1), repeat=L)); zi = {z: n for n, z in enumerate(Z)}
def Dz(z, tau=1.0, qm=q):
    e = np.array([np.ones(V) if v == V else np.eye(V)[v] for v in z])
    lik = qm * np.prod([e[i][X[:, i]] for i in range(L)], axis=0)
    D = np.array([[lik[X[:, i] == v].sum() for v in range(V)] for i in range(L)])
    D = np.where(D.sum(1, keepdims=True) > 0, D, np.ones(V))      # impossible contexts: uniform
    D = D ** (1 / tau); return D / D.sum(1, keepdims=True)
def push(kap, tau=1.0, qm=q):
    DD = {z: Dz(z, tau, qm) for z in Z}
    p = {(V,) * L: 1.0}
    for a, b in zip(kap[:-1], kap[1:]):
        th = (b - a) / (1 - a); out = {}
        for z, m in p.items():
            D = DD[z]; opts = []
            for i in range(L):
                opts.append([(z[i], 1.)] if z[i] < V else [(V, 1 - th)] * int(th < 1) + [(v, th * D[i, v]) for v in range(V) if D[i, v] > 0])
            for c in itertools.product(*opts):
                y = tuple(t[0] for t in c); out[y] = out.get(y, 0.) + m * math.prod(t[1] for t in c)
        p = out
    return np.array([p.get(tuple(x), 0.) for x in X])
def chains(kap):                                                   # order-averaged path KL by enumeration
    n = len(kap) - 1; dk = np.diff(kap); kl = 0.; ps = np.zeros(len(X))
    for c in itertools.product(range(n), repeat=L):
        pc = np.prod(dk[list(c)]); lp = np.zeros(len(X))
        for j in range(n):
            A_ = tuple(i for i in range(L) if c[i] < j); R = [i for i in range(L) if c[i] == j]
            for i in R:
                m2 = np.zeros([V] * (len(A_) + 1)); np.add.at(m2, tuple(X[:, t] for t in A_) + (X[:, i],), q)
                m1 = m2.sum(-1, keepdims=True)
                with np.errstate(divide='ignore', invalid='ignore'): lp += np.log((m2 / np.where(m1 > 0, m1, 1))[tuple(X[:, t] for t in A_) + (X[:, i],)])
        s = q > 0; kl += pc * (q[s] * (np.log(q[s]) - lp[s])).sum(); ps += pc * np.exp(lp)
    return kl, ps
for nm, kap in (('linear n=1', [0, 1.]), ('linear n=3', [0, 1/3, 2/3, 1.]), ('quadratic n=3', [0, 1/9, 4/9, 1.]), ('cosine n=3', [0] + [1 - math.cos(math.pi/2*j/3) for j in (1, 2)] + [1.])):
    ps = push(kap); kl, ps2 = chains(kap); stair = sum((b - a) * g(a) for a, b in zip(kap[:-1], kap[1:])) - Hq
    s = q > 0; klf = (q[s] * np.log(q[s] / ps[s])).sum()
    check(f"staircase area: sum dk_j g(k_j) - H = order-averaged path KL    [{nm}]", abs(stair - kl), 1e-12, f"{stair:.4f} nats")
    check(f"   pushed pmf = mean over orders; KL(q||sampler) <= staircase", np.abs(ps - ps2).max() + max(0, klf - stair), 1e-12, f"KL {klf:.4f}, TV {abs(ps-q).sum()/2:.4f}")
# any (inconsistent) denoiser: order-average = integral of its cross-entropy curve
TH = {z: rng.dirichlet(np.ones(V), L) for z in Z}
def gth(k):
    t = 0.
    for B in itertools.product((0, 1), repeat=L):
        n = sum(B)
        if n == L: continue
        wgt = k**n * (1 - k)**(L - n - 1)
        for x, p in zip(X, q):
            z = tuple(x[i] if B[i] else V for i in range(L)); t -= wgt * p * sum(math.log(TH[z][i, x[i]]) for i in range(L) if not B[i])
    return t
integ = sum(w * gth(x) for x, w in zip(gx, gw)); anyo = 0.
for o in itertools.permutations(range(L)):
    for x, p in zip(X, q):
        z = [V] * L
        for i in o: anyo -= p * math.log(TH[tuple(z)][i, x[i]]) / math.factorial(L); z[i] = x[i]
check("NELBO of any denoiser = mean over generation orders of its autoregressive NLL", abs(integ - anyo), 1e-11, f"{integ:.4f} >= H {Hq:.4f}")
lm = 0.
for m_ in range(1, L + 1):
    S_ = [sum(-p * math.log(TH[tuple(V if i in a else x[i] for i in range(L))][i, x[i]]) for x, p in zip(X, q) for i in a) for a in itertools.combinations(range(L), m_)]
    lm += np.mean(S_) / m_
check("NELBO = L E_{m~U{1..L}} (mean cross-entropy of m masked tokens): the training loss without weights", abs(lm - integ), 1e-11)
# optimal grid by DP against named schedulers
def stair(kap): return sum((b - a) * g(a) for a, b in zip(kap[:-1], kap[1:])) - Hq
G = np.array([g(k) for k in np.linspace(0, 1, 201)]); n = 4
best = np.full((n + 1, 201), np.inf); best[0, 0] = 0
for j in range(1, n + 1):
    for b in range(201): best[j, b] = min(best[j-1, a] + (b - a) / 200 * G[a] for a in range(b + 1))
lin, quad = stair(np.linspace(0, 1, 5)), stair(np.linspace(0, 1, 5)**2)
check("best n-step grid (DP on g) is no worse than linear and quadratic", max(0, best[n, 200] - Hq - min(lin, quad)), 1e-12, f"n=4: best {best[n,200]-Hq:.4f} linear {lin:.4f} quadratic {quad:.4f}")

# large n: excess = (1/2n) int kappa'(t)^2 |g'(kappa)| dt; the best is (1/2n) (int sqrt|g'| dk)^2
fx = np.linspace(0, 1, 20001); Gf = np.polynomial.polynomial.Polynomial.fit(ks, gs, 3)(fx); dG = np.abs(np.gradient(Gf, fx)); ea = 0.
for f_, d_ in ((lambda t: t, lambda t: 1 + 0 * t), (lambda t: t**2, lambda t: 2 * t), (lambda t: 1 - np.cos(np.pi * t / 2), lambda t: np.pi / 2 * np.sin(np.pi * t / 2))):
    n_ = 256; t_ = np.linspace(0, 1, n_ + 1); ex = stair(f_(t_)); asym = np.trapezoid(d_(fx)**2 * np.interp(f_(fx), fx, dG), fx) / 2 / n_; ea = max(ea, abs(ex / asym - 1))
cum = np.concatenate(([0], np.cumsum((np.sqrt(dG)[1:] + np.sqrt(dG)[:-1]) / 2 * np.diff(fx)))); opt = np.interp(np.linspace(0, 1, 257), cum / cum[-1], fx); ea = max(ea, abs(stair(opt) / (cum[-1]**2 / 512) - 1))
check("asymptotic excess of linear, quadratic, cosine and of the best scheduler (n=256), relative", ea, 2e-2, f"best/linear {stair(opt)/stair(np.linspace(0,1,257)):.3f}")

print("== 4. uniform source: sampler on V^L, discrete-step bound")
L2 = 4; XU, qU = X, q
def Du(k):
    M = (1 - k) / V + k * np.eye(V); out = np.empty((len(XU), L2, V)); pt = np.empty(len(XU))
    for n_, z in enumerate(XU):
        lik = qU * np.prod([M[z[i]][XU[:, i]] for i in range(L2)], axis=0); pt[n_] = lik.sum()
        out[n_] = [[lik[XU[:, i] == v].sum() for v in range(V)] for i in range(L2)]
    return out / pt[:, None, None], pt
row = []; idx = {tuple(x): n_ for n_, x in enumerate(XU)}
for n in (1, 2, 4, 8, 16):
    kap = np.linspace(0, 1, n + 1); p = np.full(len(XU), 1 / len(XU)); bound = 0.
    for a, b in zip(kap[:-1], kap[1:]):
        th = (b - a) / (1 - a); D, pt = Du(a)
        K = np.ones((len(XU), len(XU)))                             # [y, z]
        for i in range(L2):
            Ki = (1 - th) * (XU[:, i][:, None] == XU[:, i][None, :]) + th * D[:, i, :].T[XU[:, i]]
            K *= Ki
            # E KL((1-th) d_z + th d_x1 || (1-th) d_z + th D): x1, z correlated through p_t(z) D_i(x1|z)
            for v in range(V):
                same = XU[:, i] == v; Di = D[:, i, v]; Dz_ = D[np.arange(len(XU)), i, XU[:, i]]; stay = (1 - th) + th * Dz_
                with np.errstate(divide='ignore', invalid='ignore'):
                    t1 = np.where(same, -np.log(stay), (th * np.log(th / (th * Di)) if th > 0 else 0.) + ((1 - th) * np.log((1 - th) / stay) if th < 1 else 0.))
                bound += (pt * np.where(Di > 0, Di * t1, 0)).sum()
        p = K @ p
    s = qU > 0; row.append((n, np.abs(p - qU).sum() / 2, -(qU[s] * np.log(p[s])).sum(), bound))
check("uniform: E_q -ln p_n <= n-step bound sum E KL(kernel | x1 || kernel)", max(0, max(r[2] - r[3] for r in row)), 1e-12)
print("   n, TV, E_q[-ln p_n], bound:", '; '.join(f"{r[0]}: {r[1]:.4f} {r[2]:.4f} {r[3]:.4f}" for r in row), f" H(q)={Hq:.4f}")

print("== 5. words (a dictionary as target): exact probability of every word under the n-step mask sampler, subset DP 3^L")
W = np.unique(rng.integers(0, 5, (60, 4)), axis=0); W = W[rng.choice(len(W), 24, replace=False)]; Lw, Vw = 4, 5
def word_prob(x, kap):
    """DP over revealed subsets; x any string, target uniform on W."""
    full = (1 << Lw) - 1; D = np.zeros((1 << Lw, Lw))
    for Sset in range(1 << Lw):
        m = np.all([(W[:, i] == x[i]) for i in range(Lw) if Sset >> i & 1], axis=0) if Sset else np.ones(len(W), bool)
        for i in range(Lw): D[Sset, i] = (W[m, i] == x[i]).mean() if m.any() else 1 / Vw    # impossible context -> uniform
    f = np.zeros(1 << Lw); f[0] = 1
    for a, b in zip(kap[:-1], kap[1:]):
        th = (b - a) / (1 - a); n_ = np.zeros(1 << Lw)
        for Sset in range(1 << Lw):
            if f[Sset] == 0: continue
            rest = full & ~Sset; R = rest
            while True:
                pr = 1.
                for i in range(Lw):
                    if rest >> i & 1: pr *= th * D[Sset, i] if R >> i & 1 else 1 - th
                n_[Sset | R] += f[Sset] * pr
                if R == 0: break
                R = (R - 1) & rest
        f = n_
    return f[full]
for n in (1, 4, 16):
    kap = np.linspace(0, 1, n + 1); allx = np.array(list(itertools.product(range(Vw), repeat=Lw)))
    pw = np.array([word_prob(x, kap) for x in W]); tot = sum(word_prob(x, kap) for x in allx) if n < 16 else None
    N = 20000; Zs = np.full((N, Lw), -1)                              # simulation
    cache = {}
    for a, b in zip(kap[:-1], kap[1:]):
        th = (b - a) / (1 - a); U, C = rng.random((N, Lw)), rng.random((N, Lw)); new = Zs.copy()
        for r in range(N):
            zt = tuple(Zs[r])
            if zt not in cache:
                m = np.ones(len(W), bool)
                for i in range(Lw):
                    if zt[i] >= 0: m &= W[:, i] == zt[i]
                cache[zt] = np.array([np.bincount(W[m, i], minlength=Vw) / m.sum() if m.any() else np.full(Vw, 1/Vw) for i in range(Lw)]).cumsum(1)
            for i in range(Lw):
                if zt[i] < 0 and U[r, i] < th: new[r, i] = min(np.searchsorted(cache[zt][i], C[r, i], side='right'), Vw - 1)
        Zs = new
    inw = {tuple(w_) for w_ in W}; off = np.mean([tuple(z) not in inw for z in Zs])
    check(f"words, n={n}: exact off-dictionary mass = simulation (3.5 sigma)", abs(off - (1 - pw.sum())), 3.5 * math.sqrt(max(off * (1 - off), 1e-4) / N), f"off {1-pw.sum():.4f}" + (f", all strings sum to {tot:.12f}" if tot else ''))

print("== 6. metrics and classic mistakes")
# Pass@k: unbiased estimator
p, nn, kk = .23, 9, 4
est = sum(math.comb(nn, c) * p**c * (1-p)**(nn-c) * (1 - (math.comb(nn - c, kk) / math.comb(nn, kk) if nn - c >= kk else 0)) for c in range(nn + 1))
check("pass@k: E[1 - C(n-c,k)/C(n,k)] = 1-(1-p)^k", abs(est - (1 - (1 - p)**kk)), 1e-14)
naive = sum(math.comb(nn, c) * p**c * (1-p)**(nn-c) * (1 - (1 - c / nn)**kk) for c in range(nn + 1))
print(f"   plug-in 1-(1-c/n)^k is biased: {naive:.4f} against {1-(1-p)**kk:.4f}")
# truncated Gumbel, closed form (Zheng et al. (12)) against simulation, float16-like and float32 uniforms
def trunc(pi, M):
    o = np.argsort(pi); s = pi[o]; K = len(s); tail = s[::-1].cumsum()[::-1]; E = math.exp(-M); be = np.zeros(K)
    for i in range(K):
        lo = (K - i - tail[i] / s[i]) * E
        hi = (K - i - (tail[i] / s[i-1])) * E if i > 0 and s[i-1] > 0 else -np.inf
        be[i] = (math.exp(lo) - math.exp(hi)) / tail[i]
    r = np.empty(K); r[o] = s * be.cumsum(); return r
lang = rng.dirichlet(np.full(27, .25)); th = 1 / 256
pi = np.append(th * lang, 1 - th); pi = np.maximum(pi, 1e-12); pi /= pi.sum()
for bits, nm in ((24, 'float32'), (11, 'float16'), (8, 'bfloat16')):
    M = -math.log(-math.log(1 - 2.0**-bits)); t = trunc(pi, M)
    if bits == 11:
        N = 400000; u = rng.random((N, len(pi))) * (1 - 2.0**-bits); gmb = -np.log(-np.log(u)); got = np.bincount((np.log(pi) + gmb).argmax(1), minlength=len(pi)) / N
        check("truncated Gumbel-max: closed form = simulation (11 bits)", np.abs(got - t).max(), 5e-3 * 1, f"unmask prob {1-t[-1]:.5f} instead of {1-pi[-1]:.5f}")
    c = t[:-1] / t[:-1].sum(); h0, h1 = (-(x[x > 0] * np.log2(x[x > 0])).sum() for x in (lang / lang.sum(), c))
    print(f"   {nm}: M={M:.3f}; sum {t.sum():.6f}; reveal rate x{(1-t[-1])/(1-pi[-1]):.4f}; entropy of the revealed token {h0:.3f} -> {h1:.3f} bits")
# generative perplexity rewards low entropy: exact, on the pushed pmf
print("   temperature on the exact posterior, linear n=8 (exact): tau, judge bits/token E[-log2 q], true H/token, entropy of sampler/token, TV, KL(q||p)")
for tau in (1.0, .9, .8, .6, .4, .2):
    ps = push(np.linspace(0, 1, 9), tau); s = ps > 1e-300; gp = -(ps[s] * np.log2(np.maximum(q[s], 1e-12))).sum() / L; hs = -(ps[s] * np.log2(ps[s])).sum() / L
    print(f"      {tau:.1f}: {gp:.3f}  {Hq/L/math.log(2):.3f}  {hs:.3f}  {np.abs(ps-q).sum()/2:.4f}  {(q[q>0]*np.log(q[q>0]/np.maximum(ps[q>0],1e-300))).sum():.4f}")
ps1, ps2 = push(np.linspace(0, 1, 9), 1.), push(np.linspace(0, 1, 9), .4)
gp = lambda p: -(p[p > 0] * np.log2(np.maximum(q[p > 0], 1e-12))).sum() / L
check("generative perplexity at tau=0.4 is 'better' than real text although TV is far worse", 0. if gp(ps2) < Hq / L / math.log(2) and np.abs(ps2 - q).sum() > 5 * np.abs(ps1 - q).sum() else 1., 0)
# C-coupling / infilling: given tokens are emissions of weight [v = y]; re-imposing them after each step equals starting there
e = np.ones((L, V)); e[0] = np.eye(V)[X[q.argmax()][0]]; e[3] = np.eye(V)[X[q.argmax()][3]]
post, _, lz = A.fb(e) if A.V == V else (None, None, None)
lik = q * e[0][X[:, 0]] * e[3][X[:, 3]]
check("infilling: posterior given tokens 1 and 4", np.abs(post - np.array([[lik[X[:, i] == v].sum() for v in range(V)] for i in range(L)]) / lik.sum()).max(), 1e-13)

print("== 7. impossible contexts: leading order of 'every seen token is wrong with probability eps', eps -> 0")
# semiring of (d, w) ~ w eps^d: sum keeps the smaller d (adds w where equal), product adds d and multiplies w
def sfb(A, z):
    L = len(z); INF = 10**6
    def add(dd, ww, to, d, w):
        if w <= 0: return
        if d < dd[to]: dd[to], ww[to] = d, w
        elif d == dd[to]: ww[to] += w
    F = [(np.where(A.a0 > 0, 0, INF), A.a0.copy())]
    for i in range(L):
        dd, ww = np.full(A.S, INF), np.zeros(A.S); d0, w0 = F[-1]
        for s, v, t, w in zip(A.src, A.lab, A.dst, A.w):
            if w0[s] > 0: add(dd, ww, t, d0[s] + (z[i] < A.V and v != z[i]), w0[s] * w)
        F.append((dd, ww))
    bd, bw = np.zeros(A.S, int), A.om.copy(); post = np.zeros((L, A.V)); dist = None
    for i in range(L - 1, -1, -1):
        d0, w0 = F[i]; pd, pw = np.full(A.V, INF), np.zeros(A.V); nd, nw = np.full(A.S, INF), np.zeros(A.S)
        for s, v, t, w in zip(A.src, A.lab, A.dst, A.w):
            c = z[i] < A.V and v != z[i]
            if bw[t] > 0:
                add(nd, nw, s, bd[t] + c, w * bw[t])
                if w0[s] > 0: add(pd, pw, v, d0[s] + c + bd[t], w0[s] * w * bw[t])
        best = pd.min(); post[i] = np.where(pd == best, pw, 0); post[i] /= post[i].sum(); dist = best; bd, bw = nd, nw
    return post, dist
A7 = random_pdfa(5, 3, 2); L7 = 5; X7, q7 = table(A7, L7); e1 = e2 = e3 = 0.; hit = 0
for _ in range(60):
    z = np.where(rng.random(L7) < .75, rng.integers(0, 3, L7), 3)
    p, dmin = sfb(A7, z); ham = ((X7 != z) & (z < 3)).sum(1); dd = ham[q7 > 0].min(); m = (ham == dd) * q7; hit += dd > 0
    br = np.array([[m[X7[:, i] == v].sum() for v in range(3)] for i in range(L7)]) / m.sum()
    e1 = max(e1, np.abs(br - p).max()); e2 = max(e2, abs(dd - dmin))
    eps = 1e-7; e = np.array([np.ones(3) if t == 3 else np.where(np.arange(3) == t, 1., eps) for t in z]); e3 = max(e3, np.abs(A7.fb(e)[0] - p).max())
check("leading-order forward-backward = enumeration of the strings with the fewest disagreements", e1, 1e-13, f"{hit} of 60 contexts impossible")
check("   its distance is the least Hamming distance to the language; plain eps = 1e-7 agrees to O(eps)", e2 + max(0, e3 - 1e-4), 0)

print("== 8. programs: posterior by enumeration of programs times a small sum over the three inputs")
import programs as G
PR = G.enumerate_programs(); body, outp, shape, wp = G.pack(PR); sel = rng.choice(len(PR), 150, replace=False)
body, outp, wp = body[sel].astype(int), outp[sel].astype(int), wp[sel] / wp[sel].sum()
def prog_oracle(e):
    """e [L, V] -> posterior [L, V] of the tokens that vary; programs x (3 inputs in ascending order, 120 triples alike)."""
    n = len(body); W = wp * np.prod([e[16 + j][body[:, j]] for j in range(G.NB)], axis=0)
    f = np.stack([e[5*j+1][np.arange(10)][None] * e[5*j+3][outp // 10] * e[5*j+4][outp % 10] for j in range(3)])   # [3, n, 10]
    ex = lambda a: np.concatenate((np.zeros((n, 1)), a.cumsum(1)[:, :-1]), 1)      # sum over smaller x
    sx = lambda a: np.concatenate((a[:, ::-1].cumsum(1)[:, ::-1][:, 1:], np.zeros((n, 1))), 1)
    a1, a2 = ex(f[0]), ex(f[1] * ex(f[0])); b2, b1 = sx(f[2]), sx(f[1] * sx(f[2]))
    J = np.stack([f[0] * b1, f[1] * a1 * b2, f[2] * a2]) * W[None, :, None]        # joint weight of (slot j has input x)
    tot = J[0].sum(1); Zp = tot.sum(); post = np.zeros((G.L, G.V))
    for j in range(G.NB): np.add.at(post[16 + j], body[:, j], tot / Zp)
    for j in range(3):
        np.add.at(post[5*j+1], np.arange(10), J[j].sum(0) / Zp); np.add.at(post[5*j+3], outp // 10, J[j] / Zp); np.add.at(post[5*j+4], outp % 10, J[j] / Zp)
    return post
err = 0.
for src in ('mask', 'uniform'):
    for _ in range(4):
        n0 = rng.choice(len(body), p=wp); tr = G.TRIPLES[rng.integers(120)]; x1 = np.array(G.encode(outp[n0], tr) + list(body[n0])); k = rng.random()
        if src == 'mask': keep = rng.random(G.L) < k; e = np.where(keep[:, None], np.eye(G.V)[x1], 1.)
        else: z = np.where(rng.random(G.L) < k, x1, rng.integers(0, G.V, G.L)); e = (1 - k) / G.V + k * np.eye(G.V)[z]
        post = prog_oracle(e); br = np.zeros((G.L, G.V))
        for n_ in range(len(body)):
            for t_ in G.TRIPLES:
                x = np.array(G.encode(outp[n_], t_) + list(body[n_])); vary = [1, 3, 4, 6, 8, 9, 11, 13, 14] + list(range(16, G.L))
                br[np.arange(G.L), x] += wp[n_] * np.prod(e[vary, x[vary]])
        br /= br.sum(1, keepdims=True); vary = [1, 3, 4, 6, 8, 9, 11, 13, 14] + list(range(16, G.L)); err = max(err, np.abs(br - post)[vary].max())
check("program posterior (bodies, inputs and outputs) = enumeration of programs x 120 triples", err, 1e-12)

print(f"\n{OK[0]}/{OK[1]} checks passed in {time.time()-T0:.1f} s")
sys.exit(OK[0] != OK[1])
