using Personalization.Host.Demo.Catalog;
using Personalization.Host.Demo.Shoppers;

namespace Personalization.Host.Demo;

/// <summary>What the console line tells: how much was sent, and one shopper as an example.</summary>
internal sealed class DemoTally(DemoCatalog catalog)
{
    public long Events { get; private set; }

    public long Orders { get; private set; }

    public long Answers { get; private set; }

    public long Clicks { get; private set; }

    /// <summary>The last shopper who had looked at something and then saw recommendations; null when there was none.</summary>
    public DemoExample? Example { get; private set; }

    public void Sent(IReadOnlyList<SimulatedEvent> events)
    {
        Events += events.Count;
        Orders += events.Count(static simulated => simulated.Name == "Order Completed");
        Clicks += events.Count(static simulated => simulated.Name == "Recommendation Clicked");
    }

    public void Answered(Shopper shopper, Slate slate)
    {
        Answers++;
        if (shopper.Persona.Consent is ConsentChoice.Granted && shopper.Viewed.Count > 0 && slate.Items.Count > 0)
        {
            Example = new DemoExample(
                shopper.Persona.Number,
                string.Join(" | ", shopper.Viewed.TakeLast(2).Select(static item => item.Name)),
                string.Join(" | ", slate.Items.Take(3).Select(item => catalog.Find(item.Id)?.Name ?? item.Id)),
                slate.Items[0].Reason);
        }
    }

    public DemoExample? TakeExample()
    {
        var example = Example;
        Example = null;
        return example;
    }
}

/// <summary>One shopper: what was looked at last, and what is recommended now, and why.</summary>
internal sealed record DemoExample(int Shopper, string Viewed, string Recommended, string Reason);
