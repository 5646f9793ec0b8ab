using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Kernel.Pipelines;

namespace Personalization.Decisioning.Pipeline;

/// <summary>
/// Looks every few milliseconds whether a decision hangs in a part or a step that does not look at its deadline. Nobody can end such a call; but whoever
/// asked is answered from the baseline while it goes on, the decisions after it do without the part, a further thread stands in for the one that
/// is held, and the part is tried again now and then on a thread of its own, where nobody waits for it.
/// </summary>
internal sealed partial class DecisionWatch(Personalizer personalizer, TimeProvider time, ILogger<DecisionWatch> logger) : IHostedService, IDisposable
{
    /// <summary>Threads that stand in, at most.</summary>
    private const int MaxStandIns = 32;

    /// <summary>Looks that were missed, after which the process is taken to have stood still rather than the decisions to hang.</summary>
    private const int MissedLooks = 4;
    private static readonly TimeSpan MostOften = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LeastOften = TimeSpan.FromMilliseconds(5);

    /// <summary>Four times in the smallest budget, so that its last quarter sees one.</summary>
    private readonly TimeSpan _every = TimeSpan.FromTicks(Math.Clamp(personalizer.SmallestBudget.Ticks / 4, MostOften.Ticks, LeastOften.Ticks));
    private readonly ManualResetEventSlim _stopping = new();
    private readonly HashSet<PartHealth> _tried = [];
    private readonly Dictionary<DecisionContext, (PartHealth Part, long StartedAt)> _seen = [];
    private Task _watching = Task.CompletedTask;
    private readonly LateAnswers _late = new(personalizer, logger);
    private int _standIns;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _watching = BackgroundWork.RunAsync(Watch, "decision watch", stepsBack: false);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping.Set();
        return _watching;
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>One look. A part that is seen late in the same decision by two looks in a row hangs: one look may come right after a pause of the whole process.</summary>
    /// <param name="isLate">Nothing is taken from its thread: when the process has stood still, decisions are late that do not hang.</param>
    internal void Look(bool isLate = false)
    {
        var hanging = 0;
        var contexts = personalizer.Contexts;
        if (_seen.Count > 0)
        {
            foreach (var gone in _seen.Keys.Where(seen => !contexts.Contains(seen)).ToList())
            {
                _seen.Remove(gone);
            }
        }

        foreach (var context in contexts)
        {
            if (context.Running is not { } part || !context.Deadline.IsNearlyOver)
            {
                _seen.Remove(context);
                continue;
            }

            hanging++;
            if (!isLate && _late.HasRoom && Personalizer.TryCutShort(context, part) is { } cut)
            {
                _late.Add(cut);
            }

            if (!context.Deadline.IsOver)
            {
                continue;
            }

            var now = (part, context.StartedAt);
            if (!_seen.TryGetValue(context, out var before) || before != now)
            {
                _seen[context] = now;
                continue;
            }

            if (!part.IsOut)
            {
                part.Hang(time);
                LogHangs(part.Name);
            }
        }

        _late.Begin();
        StandIn(Math.Min(hanging, MaxStandIns));
        TryAgain();
    }

    private void Watch()
    {
        var before = time.GetTimestamp();
        while (!_stopping.Wait(_every))
        {
            var now = time.GetTimestamp();
            Look(isLate: time.GetElapsedTime(before, now) > _every * MissedLooks);
            before = now;
        }

        StandIn(0);
    }

    /// <summary>A thread that is held is missing from the pool, which would take half a second to notice.</summary>
    private void StandIn(int count)
    {
        if (count == _standIns)
        {
            return;
        }

        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(1, workers + count - _standIns), ports);
        _standIns = count;
    }

    private void TryAgain()
    {
        foreach (var part in personalizer.Health)
        {
            if (!part.IsOut || IsHeld(part))
            {
                continue;
            }

            lock (_tried)
            {
                if (!_tried.Contains(part) && personalizer.IsPart(part) && part.MayTry(time))
                {
                    _tried.Add(part);
                    _ = TryAsync(part);
                }
            }
        }
    }

    private bool IsHeld(PartHealth part)
    {
        foreach (var (_, (held, _)) in _seen)
        {
            if (held == part)
            {
                return true;
            }
        }

        return false;
    }

    private async Task TryAsync(PartHealth part)
    {
        try
        {
            await BackgroundWork.RunAsync(() => personalizer.Try(part), "decision part on trial");
        }
        catch (Exception error) // Nobody awaits it; the part stays out and is tried again later.
        {
            part.LeaveOut(time);
            LogTryFailed(error, part.Name);
        }

        lock (_tried)
        {
            _tried.Remove(part);
        }
    }

    [LoggerMessage(EventId = 5303, Level = LogLevel.Error, Message = "{Part} could not be tried again")]
    private partial void LogTryFailed(Exception error, string part);

    [LoggerMessage(EventId = 5302, Level = LogLevel.Error, Message = "{Part} holds decisions beyond their budget; the others do without it until it answers in time")]
    private partial void LogHangs(string part);
}
