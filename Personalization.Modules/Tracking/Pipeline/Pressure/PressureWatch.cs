using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>
/// Looks ten times a second at the signals, and sets what the gate does: the level, and below it how much bulk and how much of each source
/// may pass. The rates follow the pressure, so that a level stays as long as the load does.
/// </summary>
internal sealed partial class PressureWatch : IHostedService, IDisposable
{
    private const int ProbeMs = 20;
    private const int LookMs = 100;
    private const int MinuteMs = 60_000;

    /// <summary>Units a second that bulk and each source keep in any case.</summary>
    private const double BulkFloor = 100;
    private const double CapacityFloor = 1_000;

    /// <summary>Bulk that is less than a twentieth of the work is not what makes the pressure.</summary>
    private const double LittleBulk = 0.05;

    private readonly AdmissionGate _gate;
    private readonly SourceFlows _flows;
    private readonly PressureSensors _sensors;
    private readonly ThreadProbe _threads;
    private readonly ProfileHeat _heat;
    private readonly PressureMetrics _metrics;
    private readonly PressurePolicy _policy;
    private readonly TimeProvider _time;
    private readonly ILogger<PressureWatch> _logger;
    private readonly PressureState _state;
    private readonly AdaptiveRate _bulk = new(BulkFloor, fall: 0.8, leastPart: 0.1);
    private readonly AdaptiveRate _capacity = new(CapacityFloor, fall: 0.9, leastPart: 0.25);
    private readonly Lock _looking = new();
    private ITimer? _timer;
    private PressureSignals _signals;
    private long _lookedAtMs;
    private long _minuteSinceMs;
    private long _bulkShed;
    private long _shareShed;
    private double _criticalShare = double.PositiveInfinity;
    private double _share = double.PositiveInfinity;

    public PressureWatch(
        AdmissionGate gate,
        SourceFlows flows,
        PressureSensors sensors,
        ThreadProbe threads,
        ProfileHeat heat,
        PressureMetrics metrics,
        TimeProvider time,
        IOptions<PressureOptions> options,
        ILogger<PressureWatch> logger)
    {
        (_gate, _flows, _sensors, _threads, _heat, _metrics, _time, _logger) = (gate, flows, sensors, threads, heat, metrics, time, logger);
        _policy = new PressurePolicy(options.Value);
        _lookedAtMs = _minuteSinceMs = NowMs;
        _state = new PressureState(options.Value.RiseMs, options.Value.FallMs, NowMs);
    }

    private bool IsShedding => _state.Level != PressureLevel.Normal;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = _time.CreateTimer(static watch => ((PressureWatch)watch!).Tick(), this, TimeSpan.FromMilliseconds(ProbeMs), TimeSpan.FromMilliseconds(ProbeMs));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    /// <summary>What there is to see now.</summary>
    public PressurePicture Describe()
    {
        lock (_looking)
        {
            var minute = Math.Clamp((NowMs - _minuteSinceMs) / (double)MinuteMs, 0, 1);
            return new PressurePicture(_state.Level, _state.SinceMs, _state.Changes, _policy.Read(_signals, IsShedding), _bulk.PerSecond, _capacity.PerSecond, _criticalShare, _share, minute);
        }
    }

    private void Tick()
    {
        _threads.Launch();

        // When threads are short two ticks may meet; the second has nothing to add.
        if (_looking.TryEnter())
        {
            try
            {
                var seconds = (NowMs - _lookedAtMs) / 1_000.0;
                if (seconds * 1_000 >= LookMs)
                {
                    Look(_sensors.Read(seconds), seconds);
                }
            }
            finally
            {
                _looking.Exit();
            }
        }
    }

    /// <summary>Takes one look in. Separate from the timer, so that a test is the clock.</summary>
    internal void Look(PressureSignals signals, double seconds)
    {
        var now = NowMs;
        var verdict = _policy.Judge(signals, _signals, IsShedding);
        (_lookedAtMs, _signals) = (now, signals);
        Measure(seconds);
        var (bulkShed, shareShed) = (_gate.BulkShed.Total, _gate.ShareShed.Total);
        var (isBulkRefused, isShareRefused) = (bulkShed > _bulkShed, shareShed > _shareShed);
        (_bulkShed, _shareShed) = (bulkShed, shareShed);

        var admitted = _flows.All.Sum(flow => flow.AdmittedPerSecond);
        var isBulkExhausted = _bulk.IsAtFloor || _gate.BulkAdmitted.PerSecond < LittleBulk * admitted;
        var before = _state.Level;
        var isChanged = _state.Advance(now, verdict, isBulkExhausted, isBulkRefused || isShareRefused);
        if (isChanged)
        {
            Enter(before, admitted);
        }
        else
        {
            Follow(verdict, _policy.Severity(signals, IsShedding), admitted, isShareRefused);
        }

        if (_state.Level != PressureLevel.Normal)
        {
            Share(admitted);
        }

        _gate.Level = _state.Level;
        if (now - _minuteSinceMs >= MinuteMs)
        {
            _minuteSinceMs = now;
            _heat.Rotate();
        }
    }

    private void Measure(double seconds)
    {
        foreach (var flow in _flows.All)
        {
            flow.Measure(seconds);
        }

        _gate.BulkAdmitted.Measure(seconds);
        _gate.BulkShed.Measure(seconds);
        _gate.ShareShed.Measure(seconds);
        for (var i = 0; i < _heat.Partitions; i++)
        {
            _heat.Applied(i).Measure(seconds);
        }
    }

    private void Enter(PressureLevel before, double admitted)
    {
        var level = _state.Level;
        _metrics.Entered(level);
        if (level > before)
        {
            (level == PressureLevel.ShedBulk ? _bulk : _capacity).Limit(level == PressureLevel.ShedBulk ? _gate.BulkAdmitted.PerSecond : admitted);
            LogRose(level, _signals.CriticalDelayMs, _signals.BulkDelayMs, _signals.ThreadDelayMs, _signals.LagMs);
        }
        else
        {
            (level == PressureLevel.Normal ? _bulk : _capacity).Lift();
            LogFell(level);
        }
    }

    /// <summary>Bulk falls first and rises last.</summary>
    private void Follow(PressureVerdict verdict, double severity, double admitted, bool isShareRefused)
    {
        if (_capacity.IsLimited)
        {
            _capacity.Follow(verdict, admitted, severity);
        }

        if (_bulk.IsLimited && (verdict == PressureVerdict.Over || !isShareRefused))
        {
            _bulk.Follow(verdict, _gate.BulkAdmitted.PerSecond, severity);
        }
    }

    /// <summary>What is critical is divided first, among those who send it; then what is left, among those who send the rest.</summary>
    private void Share(double admitted)
    {
        var flows = _flows.All;
        var (critical, rest, weights) = (new double[flows.Count], new double[flows.Count], new int[flows.Count]);
        for (var i = 0; i < flows.Count; i++)
        {
            (critical[i], weights[i]) = (flows[i].CriticalOfferedPerSecond, flows[i].Weight);
            rest[i] = Math.Max(0, flows[i].OfferedPerSecond - critical[i]);
        }

        _capacity.Reserve(critical.Sum());
        var capacity = _capacity.IsLimited ? _capacity.PerSecond : admitted;
        _criticalShare = FairShares.Level(capacity, critical, weights);
        _share = FairShares.Level(Math.Max(0, capacity - critical.Sum()), rest, weights);
        _gate.BulkShare.SetRate(_bulk.PerSecond);
        for (var i = 0; i < flows.Count; i++)
        {
            var share = _share * weights[i];
            flows[i].IsOverShare = rest[i] > share;

            // Where there is enough for all, a wave may still use no more than all.
            flows[i].Share.SetRate(Math.Min(share, _capacity.PerSecond));
            flows[i].CriticalShare.SetRate(Math.Min(_criticalShare * weights[i], _capacity.PerSecond));
        }
    }

    [LoggerMessage(EventId = 1150, Level = LogLevel.Warning, Message = "Under pressure, the door is at level {Level}: critical events wait {CriticalMs:F1} ms, bulk {BulkMs:F1} ms, work {ThreadMs:F1} ms for a thread, stages are {LagMs:F0} ms behind")]
    private partial void LogRose(PressureLevel level, double criticalMs, double bulkMs, double threadMs, double lagMs);

    [LoggerMessage(EventId = 1151, Level = LogLevel.Information, Message = "Pressure has gone down, the door is at level {Level}")]
    private partial void LogFell(PressureLevel level);
}

/// <summary>What the watch sees. Rates are units a second, infinite when nothing is limited.</summary>
internal sealed record PressurePicture(
    PressureLevel Level,
    long SinceMs,
    long Changes,
    IReadOnlyList<SignalReading> Signals,
    double BulkPerSecond,
    double CapacityPerSecond,
    double CriticalSharePerSecond,
    double SharePerSecond,
    double ElapsedMinute);
