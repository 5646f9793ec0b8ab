using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Decisioning.Storage.Journal;
using Personalization.Kernel.Pipelines;

namespace Personalization.Decisioning.Pipeline.Journal;

/// <summary>
/// Takes decisions off the answer's path: copies what is needed into a pooled buffer and leaves it to one thread that writes to disk. When that one
/// cannot follow, or more come in a second than may, decisions go unwritten and are counted; nobody waits.
/// </summary>
internal sealed partial class DecisionJournal : BackgroundService, IHostedLifecycleService, IDecisionJournal
{
    private const int MaxBatch = 512;

    /// <summary>Lets a few come together, so that a decision does not cost a transaction.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan TrimEvery = TimeSpan.FromMinutes(1);
    private readonly DecisionLogOptions _options;
    private readonly Channel<RecordBuffer> _idle;
    private readonly Channel<RecordBuffer> _full;
    private readonly Channel<Outcome> _outcomes;
    private readonly SemaphoreSlim _work = new(0, 1);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly DecisionStore _store;
    private readonly CandidatePlan _plan;
    private readonly string[] _steps;
    private readonly IConsent _consent;
    private readonly RankerTeacher _teacher;
    private readonly DecisionOutcomes _heard;
    private readonly TimeProvider _time;
    private readonly ILogger<DecisionJournal> _logger;
    private long _second;
    private long _lost;
    private long _reported;
    private int _inSecond;
    private int _made;

    public DecisionJournal(
        DecisionStore store,
        CandidatePlan plan,
        IEnumerable<IDecisionStep> steps,
        IConsent consent,
        RankerTeacher teacher,
        DecisionOutcomes outcomes,
        IOptions<DecisionLogOptions> options,
        TimeProvider time,
        ILogger<DecisionJournal> logger)
    {
        (_store, _plan, _consent, _teacher, _options, _time, _logger) = (store, plan, consent, teacher, options.Value, time, logger);
        _steps = [.. steps.OrderBy(step => step.Phase).Select(step => step.Name)];
        _idle = Bounded<RecordBuffer>(_options.MaxWaiting);
        _full = Bounded<RecordBuffer>(_options.MaxWaiting);
        _outcomes = Bounded<Outcome>(_options.MaxWaiting * 8);
        _heard = outcomes;
    }

    /// <summary>Decisions and outcomes that were not written down since the start: too many at once, too large, or the disk refused.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public bool Wants(long nowMs)
    {
        var second = nowMs / 1_000;
        if (Volatile.Read(ref _second) != second)
        {
            Volatile.Write(ref _inSecond, 0);
            Volatile.Write(ref _second, second);
        }

        if (Volatile.Read(ref _inSecond) < _options.MaxPerSecond && Interlocked.Increment(ref _inSecond) <= _options.MaxPerSecond)
        {
            return true;
        }

        Interlocked.Increment(ref _lost);
        return false;
    }

    public void Write(DecisionContext context, Recommendations answer)
    {
        if (!_idle.Reader.TryRead(out var buffer))
        {
            if (Volatile.Read(ref _made) >= _options.MaxWaiting || Interlocked.Increment(ref _made) > _options.MaxWaiting)
            {
                Interlocked.Increment(ref _lost);
                return;
            }

            buffer = new RecordBuffer();
        }

        DecisionRecord.Write(context, answer, _plan, _steps, buffer);
        buffer.Lesson.Clear();
        if (context.Ranker is not null && context.Features.IsFilled && _consent.May(context.ProfileId, Purposes.Train).IsAllowed)
        {
            buffer.Lesson.Take(context.Placement.Name, context.Slate.Entries, context.Features);
        }

        if (buffer.IsOverfull || !_full.Writer.TryWrite(buffer))
        {
            Interlocked.Increment(ref _lost);
            _idle.Writer.TryWrite(buffer);
            return;
        }

        Wake();
    }

    /// <summary>Something came of a decision. Never waits.</summary>
    public void Write(Outcome outcome)
    {
        if (!_outcomes.Writer.TryWrite(outcome))
        {
            Interlocked.Increment(ref _lost);
            return;
        }

        Wake();
    }

    /// <summary>Completes when all that was taken up to now is on disk.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await WriteAllAsync();
        }
        finally
        {
            _writing.Release();
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _work.Dispose();
        _writing.Dispose();
    }

    /// <summary>Nobody asks any more, and what rankers learn from goes into the log as long as it takes entries. The pipeline stops later, and tells of outcomes until then.</summary>
    public override Task StopAsync(CancellationToken cancellationToken) => FlushAsync(cancellationToken);

    /// <summary>When everything else has stopped.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await FlushAsync(cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _heard.Connect(this);
        return PipelineThread.RunAsync("decision log", () => WriteUntilAsync(stoppingToken));
    }

    private async Task WriteUntilAsync(CancellationToken stoppingToken)
    {
        var trimmed = _time.GetTimestamp();
        while (true)
        {
            await _work.WaitAsync(TrimEvery, stoppingToken);
            await Task.Delay(Gathering, _time, stoppingToken);
            await FlushAsync(stoppingToken);
            if (_time.GetElapsedTime(trimmed) >= TrimEvery || _store.Bytes > (long)_options.MaxMegabytes << 20)
            {
                await BackgroundWork.RunAsync(Trim, "decision log");
                trimmed = _time.GetTimestamp();
            }

            Report();
        }
    }

    private static Channel<T> Bounded<T>(int capacity) =>
        Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait });

    private void Wake()
    {
        if (_work.CurrentCount == 0)
        {
            try
            {
                _work.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else woke it at the same moment.
            }
        }
    }

    private async Task WriteAllAsync()
    {
        var decisions = new List<RecordBuffer>();
        var outcomes = new List<Outcome>();
        do
        {
            decisions.Clear();
            outcomes.Clear();
            while (decisions.Count < MaxBatch && _full.Reader.TryRead(out var buffer))
            {
                decisions.Add(buffer);
            }

            while (outcomes.Count < MaxBatch && _outcomes.Reader.TryRead(out var outcome))
            {
                outcomes.Add(outcome);
            }

            await WriteBatchAsync(decisions, outcomes);
        }
        while (decisions.Count == MaxBatch || outcomes.Count == MaxBatch);
    }

    private async Task WriteBatchAsync(List<RecordBuffer> decisions, List<Outcome> outcomes)
    {
        if (decisions.Count + outcomes.Count == 0)
        {
            return;
        }

        try
        {
            await _teacher.TellAsync(decisions);
            _store.Add(decisions, outcomes);
        }
        catch (Exception error) // The loop must survive a full disk; what was not written is counted.
        {
            Interlocked.Add(ref _lost, decisions.Count + outcomes.Count);
            LogFailed(error, decisions.Count);
        }

        foreach (var buffer in decisions)
        {
            buffer.Ranker = null;
            _idle.Writer.TryWrite(buffer);
        }
    }

    private void Trim()
    {
        var beforeMs = _time.GetUtcNow().ToUnixTimeMilliseconds() - (long)TimeSpan.FromDays(_options.KeepDays).TotalMilliseconds;
        while (_store.Trim(beforeMs, (long)_options.MaxMegabytes << 20))
        {
            // Step by step: whoever writes meanwhile gets a turn in between.
        }
    }

    private void Report()
    {
        var lost = Lost;
        if (lost > _reported)
        {
            LogLost(lost - _reported);
            _reported = lost;
        }
    }

    [LoggerMessage(EventId = 5310, Level = LogLevel.Debug, Message = "{Count} decisions or outcomes were not written down")]
    private partial void LogLost(long count);

    [LoggerMessage(EventId = 5311, Level = LogLevel.Error, Message = "{Count} decisions could not be written down")]
    private partial void LogFailed(Exception error, int count);
}
