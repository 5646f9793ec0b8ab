using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// One decision: who asks and what they look at, then the placement's parts in their order until the slate is full. A part that
/// throws, or a budget that is over, leaves the rest to the baseline. No I/O, no locks; only the answer is allocated.
/// </summary>
internal sealed partial class Personalizer : IPersonalizer
{
    private readonly FrozenDictionary<string, Placement> _placements;
    private readonly ShopperReader _shoppers;
    private readonly CandidatePlan _plan;
    private readonly ModelVersions _versions;
    private readonly ICatalog _catalog;
    private readonly TimeProvider _time;
    private readonly DecisionMeter _meter;
    private readonly ILogger<Personalizer> _logger;
    private readonly DecisionPool _contexts;
    private readonly KillSwitches? _switches;
    private long _quietUntil;

    public Personalizer(
        IOptions<DecisioningOptions> options,
        ShopperReader shoppers,
        CandidatePlan plan,
        LearnedModels models,
        ICatalog catalog,
        TimeProvider time,
        DecisionMeter meter,
        ILogger<Personalizer> logger,
        KillSwitches? switches = null)
    {
        _placements = options.Value.Placements.ToFrozenDictionary(pair => pair.Key, pair => Placement.From(pair.Key, pair.Value));
        _shoppers = shoppers;
        _plan = plan;
        _versions = new ModelVersions(models.Sessions);
        _catalog = catalog;
        _time = time;
        _meter = meter;
        _logger = logger;
        _switches = switches;
        _contexts = new DecisionPool(() => new DecisionContext(catalog));
    }

    public IReadOnlyCollection<string> Placements => _placements.Keys;

    /// <summary>A placement as decisions read it; null when there is none of that name.</summary>
    internal Placement? Find(string placement) => _placements.GetValueOrDefault(placement);

    public Recommendations? Recommend(RecommendationRequest request)
    {
        if (!_placements.TryGetValue(request.Placement, out var placement))
        {
            return null;
        }

        var context = _contexts.Rent();
        var answer = _switches?.Holds(placement.Name) is { } held
            ? AnswerBaseline(request, placement, context, held)
            : Decide(request, placement, context);
        _contexts.Return(context);
        _meter.Decided(placement.Name, answer.FallbackReason);
        return answer;
    }

    private Recommendations Decide(RecommendationRequest request, Placement placement, DecisionContext context)
    {
        var now = _time.GetUtcNow();
        context.Begin(Math.Clamp(request.Limit ?? placement.Limit, 1, Slate.MaxLimit), new Deadline(_time, placement.Budget));
        context.OldestMs = placement.MaxAgeMs == long.MaxValue ? long.MinValue : now.ToUnixTimeMilliseconds() - placement.MaxAgeMs;

        var (notPersonalized, fallback) = ReadShopper(request, placement, context);
        fallback = Propose(_plan[placement.Kind], placement, context) ?? fallback;
        if (fallback is not null)
        {
            Propose(_plan.Baseline, placement, context, isBaseline: true);
        }

        return new Recommendations
        {
            DecisionId = Guid.CreateVersion7(now),
            Placement = placement.Name,
            Items = Items(context.Slate),
            ModelVersion = fallback == Fallback.BudgetExceeded ? _versions.OfBaseline() : _versions.Of(placement.Kind),
            Consent = context.Consent,
            IsPersonalized = notPersonalized is null,
            NotPersonalizedReason = notPersonalized,
            FallbackReason = fallback,
        };
    }

    /// <summary>What answers while the placement is held: what is popular, without what the request itself excludes. No profile is read.</summary>
    private Recommendations AnswerBaseline(RecommendationRequest request, Placement placement, DecisionContext context, string held)
    {
        var now = _time.GetUtcNow();
        context.Begin(Math.Clamp(request.Limit ?? placement.Limit, 1, Slate.MaxLimit), new Deadline(_time, placement.Budget));
        ReadShopper(request with { UserId = null, AnonymousId = null }, placement, context);
        Propose(_plan.Baseline, placement, context, isBaseline: true);
        return new Recommendations
        {
            DecisionId = Guid.CreateVersion7(now),
            Placement = placement.Name,
            Consent = context.Consent,
            Items = Items(context.Slate),
            ModelVersion = _versions.OfBaseline(),
            IsPersonalized = false,
            NotPersonalizedReason = held,
            FallbackReason = held,
            IsKillSwitchOn = held == Fallback.KillSwitch,
        };
    }

    private (string? NotPersonalized, string? Fallback) ReadShopper(
        RecommendationRequest request, Placement placement, DecisionContext context)
    {
        try
        {
            return (_shoppers.Read(request, placement, context), null);
        }
        catch (Exception error) // An answer without the profile is better than none: never an error page in the shop.
        {
            ReportFailed(error, nameof(ShopperReader), placement);
            return (NotPersonalized.NoHistory, Fallback.ModelFailed);
        }
    }

    /// <returns>Why the baseline has to fill in; null when it has not.</returns>
    private string? Propose(ICandidateSource[] parts, Placement placement, DecisionContext context, bool isBaseline = false)
    {
        string? fallback = null;
        foreach (var part in parts)
        {
            if (context.Slate.IsFull)
            {
                break;
            }

            try
            {
                part.Propose(context);
            }
            catch (Exception error) // A broken part must not take the others with it.
            {
                ReportFailed(error, part.GetType().Name, placement);
                fallback = Fallback.ModelFailed;
            }

            if (!isBaseline && context.Deadline.IsOver)
            {
                if (MayLog())
                {
                    LogBudgetExceeded(part.GetType().Name, placement.Name, placement.Budget.TotalMilliseconds);
                }

                return Fallback.BudgetExceeded;
            }
        }

        return fallback;
    }

    private RecommendedItem[] Items(Slate slate)
    {
        var items = slate.Count == 0 ? [] : new RecommendedItem[slate.Count];
        for (var i = 0; i < items.Length; i++)
        {
            var scored = slate[i];
            var becauseOf = scored.BecauseOf < 0 ? null : _catalog.IdOf(scored.BecauseOf);
            items[i] = new RecommendedItem(_catalog.IdOf(scored.Item), scored.Score, slate.ReasonAt(i), becauseOf);
        }

        return items;
    }

    private void ReportFailed(Exception error, string part, Placement placement)
    {
        if (MayLog())
        {
            LogPartFailed(error, part, placement.Name);
        }
    }

    /// <summary>Once a second: what is broken is asked thousands of times a second, and the meter counts every one.</summary>
    private bool MayLog()
    {
        var now = _time.GetTimestamp();
        var until = Volatile.Read(ref _quietUntil);
        return now >= until && Interlocked.CompareExchange(ref _quietUntil, now + _time.TimestampFrequency, until) == until;
    }

    [LoggerMessage(EventId = 5002, Level = LogLevel.Error, Message = "{Part} failed while deciding for {Placement}; the baseline fills in")]
    private partial void LogPartFailed(Exception error, string part, string placement);

    [LoggerMessage(EventId = 5003, Level = LogLevel.Warning, Message = "{Part} used up the budget of {Placement} ({BudgetMs} ms); the baseline fills in")]
    private partial void LogBudgetExceeded(string part, string placement, double budgetMs);
}
