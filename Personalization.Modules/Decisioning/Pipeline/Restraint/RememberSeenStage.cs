using System.Buffers.Text;
using System.Text;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Restraint;
using Personalization.Decisioning.Domain.Restraint.Products;
using Personalization.Features.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline.Restraint;

/// <summary>
/// Learns from the log which products each shopper was shown, by this server's word only, and which of them they went on to. An imported past uses nothing up.
/// </summary>
internal sealed class RememberSeenStage(ProductLedger ledger, ISourceDirectory sources, ICatalog catalog) : IEventStage
{
    private const int MaxText = 512;
    private int _ownSource = -1;

    public void Apply(TrackedEvent trackedEvent)
    {
        if (!trackedEvent.MayProfile || trackedEvent.ProfileId < 0 || trackedEvent.LineCount == 0)
        {
            return;
        }

        switch (trackedEvent.Kind)
        {
            case EventKind.Other when !trackedEvent.IsHistorical && IsOwn(trackedEvent):
                Show(trackedEvent);
                break;
            case EventKind.RecommendationClicked or EventKind.ProductClicked or EventKind.ProductViewed or EventKind.ProductAdded:
                foreach (ref readonly var line in trackedEvent.Lines)
                {
                    if (line.Item >= 0)
                    {
                        ledger.Click(trackedEvent.ProfileId, line.Item, trackedEvent.TimestampMs);
                    }
                }

                break;
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => ledger.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => ledger.Forget(profileId);

    private bool IsOwn(TrackedEvent trackedEvent) =>
        trackedEvent.Type == EventType.Track && trackedEvent.Text(trackedEvent.Name).SequenceEqual(ShownProductWriter.EventName) && trackedEvent.Batch.SourceId == OwnSource;

    private int OwnSource => _ownSource >= 0 ? _ownSource : _ownSource = sources.Named(ShownProductWriter.Source).Id;

    private void Show(TrackedEvent trackedEvent)
    {
        if (!Utf8Parser.TryParse(trackedEvent.Text(trackedEvent.DecisionId), out Guid decision, out _))
        {
            return;
        }

        Span<char> text = stackalloc char[MaxText];
        var placement = Impression.ScopeKey(text[..Read(trackedEvent.Text(trackedEvent.Placement), text)]);
        Span<int> items = stackalloc int[Slate.MaxLimit];
        var count = 0;
        foreach (ref readonly var line in trackedEvent.Lines)
        {
            // The event is of no kind that is about items, so nobody has looked up their numbers.
            if (count < items.Length && catalog.Find(text[..Read(trackedEvent.Text(line.Id), text)]) is >= 0 and var item)
            {
                items[count++] = item;
            }
        }

        ledger.Show(trackedEvent.ProfileId, Impression.DecisionKey(decision), placement, trackedEvent.TimestampMs, items[..count]);
    }

    private static int Read(ReadOnlySpan<byte> utf8, Span<char> into) => Encoding.UTF8.TryGetChars(utf8, into, out var length) ? length : 0;
}
