using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Decisioning.Domain.Restraint;
using Personalization.Features.Contracts;
using Personalization.Tests.Decisioning.Rules;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Restraint;

/// <summary>A shop with offers: its log is a list that a test applies when it likes.</summary>
internal sealed class OfferWorld : IShownOffers
{
    public OfferWorld(RestraintOptions? options = null)
    {
        Options = options ?? new RestraintOptions { ElsewhereSeconds = 0 };
        Book = new DocumentBook<Offer>("offer", Rules, new OfferReader(Rules, name => name is "for-you" or "next-best-action" or "other").Read, Shop.Clock);
        Shop.Options.Placements["other"] = new PlacementOptions { Kind = PlacementKind.NextBestAction, Limit = 1 };
        Restart();
    }

    public RuleWorld Rules { get; } = new();

    public FakeShop Shop => Rules.Shop;

    public RestraintOptions Options { get; }

    public DocumentBook<Offer> Book { get; }

    public ShopperLedger Ledger { get; private set; } = null!;

    public Personalizer Personalizer { get; private set; } = null!;

    /// <summary>What the log was told and did not apply yet.</summary>
    public ConcurrentQueue<ShownOffers> Told { get; } = [];

    public bool IsLogFull { get; set; }

    public bool TryTell(ShownOffers shown)
    {
        if (!IsLogFull)
        {
            Told.Enqueue(shown);
        }

        return !IsLogFull;
    }

    /// <summary>A process that knows what the rows say, and nothing else.</summary>
    public void Restart(CheckpointRows? rows = null)
    {
        var options = new OptionsWrapper<RestraintOptions>(Options);
        Ledger = new ShopperLedger(options, Shop);
        if (rows is not null)
        {
            Ledger.Load(rows);
        }

        Personalizer = Shop.Personalizer(null, new ExcludeUnwantedStep(Ledger), new SealStep(Shop, Ledger), new ChooseOffersStep(Book, Rules, Ledger, this, options));
    }

    public void Live(string id, string more = "")
    {
        var put = Book.Put(id, RuleWorld.Json($$"""{"kind":"offer","payload":{"text":"{{id}}"}{{more}}}"""), "tests", null);
        if (put.State is null || Book.Activate(id, 0, "tests").State is null)
        {
            throw new InvalidOperationException(string.Join("; ", put.Faults.Select(fault => $"{fault.Pointer} {fault.Detail}")));
        }
    }

    /// <summary>Somebody the shop knows, in a session that began an hour ago or never ends.</summary>
    public void Knows(params int[] profiles)
    {
        foreach (var profile in profiles)
        {
            Shop.Views[profile] = view =>
            {
                var nowMs = Shop.Clock.GetUtcNow().ToUnixTimeMilliseconds();
                (view.SessionNumber, view.SessionStartMs, view.LastEventMs) = (1, FakeShop.Start, nowMs);
                FakeShop.Fill(view, RecentKind.Viewed, 1);
            };
        }
    }

    public string[] Ask(string? user = "u0", int limit = 1, string placement = "next-best-action", string? channel = null) =>
        [.. (Personalizer.Recommend(new RecommendationRequest
        {
            Placement = placement,
            UserId = user,
            Limit = limit,
            Context = channel is null ? null : RequestContext.From([KeyValuePair.Create("channel", channel)], out _),
        })!.Offers ?? []).Select(offer => offer.Id)];

    /// <summary>The log comes round.</summary>
    public void Apply()
    {
        while (Told.TryDequeue(out var shown))
        {
            foreach (var id in shown.OfferIds)
            {
                var (offer, decision) = (Impression.OfferKey(id), Impression.DecisionKey(shown.DecisionId));
                Ledger.Totals.Confirm(decision, offer);
                if (shown.UserId is { } user)
                {
                    Ledger.Show(int.Parse(user.AsSpan(1)), new Impression(offer, decision, shown.AtMs, Impression.ScopeKey(shown.Placement), Impression.ScopeKey(shown.Channel)));
                }
            }
        }
    }
}
