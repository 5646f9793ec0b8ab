using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>
/// Decides about each request while there is pressure: bulk goes first, then whoever is over its share. What is critical and within its
/// source's share of what is critical always passes. Without pressure it only counts. Thread-safe, allocates nothing for what passes.
/// </summary>
internal sealed class AdmissionGate(
    SourceFlows flows, HotKeys hot, ForegroundWork foreground, PressureMetrics metrics, TimeProvider time, IOptions<PressureOptions> options)
{
    /// <summary>What bulk saves while none comes: as long as a look takes, since a wave of it is what single events would stand behind.</summary>
    private const int BulkDepthMs = 100;

    private readonly PressureOptions _options = options.Value;
    private volatile PressureLevel _level;
    private uint _ticket;

    public PressureLevel Level
    {
        get => _level;
        set => _level = value;
    }

    /// <summary>Units of bulk that may pass.</summary>
    public TokenBucket BulkShare { get; } = new(BulkDepthMs, time);

    /// <summary>Bulk in units, admitted and refused; large batches with critical events in them count as admitted bulk too.</summary>
    public Rate BulkAdmitted { get; } = new();

    public Rate BulkShed { get; } = new();

    /// <summary>Requests shed for their source's share.</summary>
    public Rate ShareShed { get; } = new();

    /// <summary>Requests shed for any reason of pressure.</summary>
    public Rate Shed { get; } = new();

    /// <summary>
    /// Asked before a body is read, which is most of its cost: a large one is turned away unread when no bulk may pass and its source
    /// asks for more than its share, and any one when its source has used up its share of what is critical as well.
    /// </summary>
    public IntakeResult? BeforeReading(Source? source, long? contentLength)
    {
        if (_level == PressureLevel.Normal || source is null || contentLength is not { } bytes)
        {
            return null;
        }

        var flow = flows.Of(source);
        if (bytes >= _options.LargeBodyBytes && !BulkShare.HasTokens && flow.IsOverShare)
        {
            return Refuse(flow, TrackingProblems.BulkShed, WorkUnits.OfBytes(bytes), isCritical: false);
        }

        return _level == PressureLevel.FairShare && !flow.Share.HasTokens && !flow.CriticalShare.HasTokens
            ? Refuse(flow, TrackingProblems.OverFairShare, WorkUnits.OfBytes(bytes), isCritical: false)
            : null;
    }

    /// <summary>Asked when the events are known, before they go to the log. Null when they may.</summary>
    public IntakeResult? Admit(Source source, EventBatch batch)
    {
        batch.FairnessKey = source.Id;

        // The past can wait, whatever it holds.
        batch.IsCritical &= batch.Origin != EventOrigin.Import;
        var flow = flows.Of(source);
        var units = WorkUnits.Of(batch.EventCount);
        var isLarge = batch.EventCount >= _options.BulkEvents || batch.Origin == EventOrigin.Import;
        if (_level != PressureLevel.Normal && Why(flow, batch, units, isLarge) is { } problem)
        {
            return Refuse(flow, problem, units, batch.IsCritical && !isLarge);
        }

        flow.Admit(units, batch.EventCount, batch.IsCritical && !isLarge);
        if (isLarge)
        {
            // What is critical in it is not refused, but stood in its sender's queue already: it is in no hurry.
            batch.IsCritical = false;
            BulkAdmitted.Add(units);
        }
        else if (batch.IsCritical)
        {
            foreground.Note();
        }

        return null;
    }

    /// <summary>A large body that found no place to wait.</summary>
    public IntakeResult RefuseWaiting(Source? source, int bytes)
    {
        var units = WorkUnits.OfBytes(bytes);
        return source is null
            ? IntakeResult.Of(TrackingProblems.BulkShed) with { RetryAfterSeconds = RetryAfter(TrackingProblems.BulkShed, null) }
            : Refuse(flows.Of(source), TrackingProblems.BulkShed, units, isCritical: false);
    }

    /// <summary>Null when the batch may pass; what it uses is taken then.</summary>
    private Problem? Why(SourceFlow flow, EventBatch batch, int units, bool isLarge)
    {
        if (!batch.IsCritical && !hot.IsEmpty && IsOfHotProfiles(batch))
        {
            return TrackingProblems.HotProfile;
        }

        if (isLarge)
        {
            if (batch.IsCritical)
            {
                BulkShare.Take(units);
            }
            else if (!BulkShare.TryTake(units))
            {
                return TrackingProblems.BulkShed;
            }
        }

        // What is critical has a share of its own, and what the rest left over. What came with much else takes from the rest first.
        var (own, other) = batch.IsCritical && !isLarge ? (flow.CriticalShare, flow.Share) : (flow.Share, flow.CriticalShare);
        if (_level == PressureLevel.FairShare)
        {
            return own.TryTake(units) || (batch.IsCritical && other.TryTake(units)) ? null : TrackingProblems.OverFairShare;
        }

        own.Take(units);
        return null;
    }

    /// <summary>Whether hot profiles have sent all of it. A server's batch that holds others' events too is not theirs.</summary>
    private bool IsOfHotProfiles(EventBatch batch)
    {
        for (var i = 0; i < batch.EventCount; i++)
        {
            if (!hot.Contains(batch[i].UserKey) && !hot.Contains(batch[i].AnonymousKey))
            {
                return false;
            }
        }

        return true;
    }

    private IntakeResult Refuse(SourceFlow flow, Problem problem, int units, bool isCritical)
    {
        flow.Shed(units, isCritical);
        Shed.Add(1);
        if (problem == TrackingProblems.BulkShed)
        {
            BulkShed.Add(units);
        }
        else if (problem == TrackingProblems.OverFairShare)
        {
            ShareShed.Add(1);
        }

        metrics.Shed(problem.Name, flow.Source.Name, _level, Math.Max(1, units - WorkUnits.Of(0)));
        return IntakeResult.Of(problem) with { RetryAfterSeconds = RetryAfter(problem, flow) };
    }

    private int RetryAfter(Problem problem, SourceFlow? flow)
    {
        var isBulk = flow is null || problem == TrackingProblems.BulkShed;
        var (refused, admitted) = isBulk ? (BulkShed.PerSecond, BulkAdmitted.PerSecond) : (flow!.ShedPerSecond, flow.AdmittedPerSecond);
        return RetryPolicy.Seconds(refused, admitted, _options.MaxRetryAfterSeconds, Interlocked.Increment(ref _ticket));
    }
}
