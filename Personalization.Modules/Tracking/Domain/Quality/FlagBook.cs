using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// Open and past flags, bounded. What is unusual twice in a row opens a flag, at once when it is beyond doubt; what is usual for a minute,
/// or not heard of any more, closes it: a value that wavers around a bound makes one flag, not fifty. Thread-safe.
/// </summary>
internal sealed class FlagBook(int capacity)
{
    private const int LooksToOpen = 2;
    private const int LooksToClose = 6;

    /// <summary>Kinds that only report what is unusual: without a report for as long, it is over.</summary>
    private const long SilenceMs = 600_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<FlagKey, Watch> _watched = [];
    private readonly Dictionary<Guid, QualityFlag> _flags = [];
    private readonly LinkedList<Guid> _order = [];
    private readonly List<QualityFlag> _raised = [];
    private readonly List<QualityFlag> _cleared = [];
    private readonly HashSet<Guid> _unsaved = [];
    private long _refused;

    /// <summary>Findings that got no flag because all that there may be are open.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public bool IsOpen(in FlagKey key)
    {
        lock (_gate)
        {
            return _watched.TryGetValue(key, out var watch) && watch.Flag is not null;
        }
    }

    /// <summary>Something unusual was seen.</summary>
    public void Report(in FlagKey key, in Finding finding, long nowMs)
    {
        lock (_gate)
        {
            if (!_watched.TryGetValue(key, out var watch))
            {
                if (_watched.Count >= capacity * 2)
                {
                    _refused++;
                    return;
                }

                _watched[key] = watch = new Watch { SinceMs = nowMs };
            }

            watch.Usual = 0;
            watch.Unusual++;
            watch.HeardMs = nowMs;
            if (watch.Flag is { } id)
            {
                Deepen(id, finding);
            }
            else if (watch.Unusual >= LooksToOpen || finding.IsBeyondDoubt)
            {
                Open(watch, key, finding, nowMs);
            }
        }
    }

    /// <summary>It is clearly as usual.</summary>
    public void Relax(in FlagKey key, long nowMs)
    {
        lock (_gate)
        {
            if (_watched.TryGetValue(key, out var watch) && (watch.Flag is null || ++watch.Usual >= LooksToClose))
            {
                Close(key, watch, nowMs);
            }
        }
    }

    /// <summary>It is between usual and unusual: what is open stays open.</summary>
    public void Touch(in FlagKey key, long nowMs)
    {
        lock (_gate)
        {
            if (_watched.TryGetValue(key, out var watch))
            {
                watch.HeardMs = nowMs;
            }
        }
    }

    /// <summary>Closes what nobody has reported for long.</summary>
    public void Expire(long nowMs)
    {
        lock (_gate)
        {
            foreach (var (key, watch) in _watched.Where(entry => nowMs - entry.Value.HeardMs > SilenceMs).ToList())
            {
                Close(key, watch, nowMs);
            }
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<QualityFlag> List(Func<QualityFlag, bool> filter, int limit)
    {
        lock (_gate)
        {
            return [.. _order.Select(id => _flags[id]).Where(filter).Take(limit)];
        }
    }

    /// <summary>The flag with its acknowledgement, the first one's if there were several; null when there is no such flag.</summary>
    public QualityFlag? Acknowledge(Guid id, long nowMs)
    {
        lock (_gate)
        {
            return _flags.TryGetValue(id, out var flag) ? Put(flag with { AcknowledgedAtMs = flag.AcknowledgedAtMs ?? nowMs }) : null;
        }
    }

    /// <summary>What was raised and cleared since the last call.</summary>
    public (IReadOnlyList<QualityFlag> Raised, IReadOnlyList<QualityFlag> Cleared) TakeNews()
    {
        lock (_gate)
        {
            var news = (_raised.ToArray(), _cleared.ToArray());
            _raised.Clear();
            _cleared.Clear();
            return news;
        }
    }

    /// <summary>What changed since the last call, as it is now. Flags of clients are left out: they end with the process.</summary>
    public IReadOnlyList<QualityFlag> TakeUnsaved()
    {
        lock (_gate)
        {
            QualityFlag[] unsaved = [.. _unsaved.Where(_flags.ContainsKey).Select(id => _flags[id]).Where(flag => flag.Kind != QualityFlagKind.BotLikeClient)];
            _unsaved.Clear();
            return unsaved;
        }
    }

    /// <summary>Takes back what was saved, oldest first. What was open when the process ended is looked at anew.</summary>
    public void Restore(IEnumerable<QualityFlag> flags, long nowMs)
    {
        lock (_gate)
        {
            foreach (var flag in flags)
            {
                Remember(flag with { ClearedAtMs = flag.ClearedAtMs ?? nowMs });
            }
        }
    }

    /// <summary>Removes flags of erased clients.</summary>
    public int Erase(Func<QualityFlag, bool> isErased)
    {
        lock (_gate)
        {
            var erased = _flags.Values.Where(isErased).Select(flag => flag.Id).ToList();
            erased.ForEach(Forget);
            _raised.RemoveAll(flag => isErased(flag));
            _cleared.RemoveAll(flag => isErased(flag));
            foreach (var (key, _) in _watched.Where(entry => entry.Value.Flag is { } id && erased.Contains(id)).ToList())
            {
                _watched.Remove(key);
            }

            return erased.Count;
        }
    }

    private void Open(Watch watch, in FlagKey key, in Finding finding, long nowMs)
    {
        if (_flags.Count >= capacity && !ForgetOldestClosed())
        {
            _refused++;
            return;
        }

        var flag = new QualityFlag(
            Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(nowMs)),
            key.Kind,
            finding.Severity,
            finding.Source,
            finding.Event,
            key.Subject,
            finding.Expected,
            finding.Observed,
            finding.Detail,
            watch.SinceMs,
            nowMs,
            ClearedAtMs: null,
            AcknowledgedAtMs: null);
        watch.Flag = flag.Id;
        Remember(flag);
        _raised.Add(flag);
    }

    /// <summary>An open flag shows the worst that was seen, and turns critical when it becomes so.</summary>
    private void Deepen(Guid id, in Finding finding)
    {
        var flag = _flags[id];
        if (Math.Abs(finding.Observed - finding.Expected) > Math.Abs(flag.Observed - flag.Expected) || finding.Severity > flag.Severity)
        {
            var severity = finding.Severity > flag.Severity ? finding.Severity : flag.Severity;
            Put(flag with { Severity = severity, Expected = finding.Expected, Observed = finding.Observed, Detail = finding.Detail });
        }
    }

    private void Close(in FlagKey key, Watch watch, long nowMs)
    {
        _watched.Remove(key);
        if (watch.Flag is { } id)
        {
            _cleared.Add(Put(_flags[id] with { ClearedAtMs = nowMs }));
        }
    }

    private void Remember(QualityFlag flag)
    {
        while (_flags.Count >= capacity && ForgetOldestClosed())
        {
        }

        _order.AddFirst(flag.Id);
        Put(flag);
    }

    private QualityFlag Put(QualityFlag flag)
    {
        _unsaved.Add(flag.Id);
        return _flags[flag.Id] = flag;
    }

    private bool ForgetOldestClosed()
    {
        for (var node = _order.Last; node is not null; node = node.Previous)
        {
            if (!_flags[node.Value].IsOpen)
            {
                Forget(node.Value);
                return true;
            }
        }

        return false;
    }

    private void Forget(Guid id)
    {
        _flags.Remove(id);
        _order.Remove(id);
        _unsaved.Remove(id);
    }

    private sealed class Watch
    {
        public long SinceMs { get; init; }

        public long HeardMs { get; set; }

        public int Unusual { get; set; }

        public int Usual { get; set; }

        public Guid? Flag { get; set; }
    }
}

/// <summary>What one flag is about.</summary>
internal readonly record struct FlagKey(QualityFlagKind Kind, ushort SourceId, int Series, string? Subject = null);

/// <summary>Something unusual.</summary>
internal readonly record struct Finding(
    QualitySeverity Severity, string Source, string? Event, double Expected, double Observed, string Detail, bool IsBeyondDoubt = false);
