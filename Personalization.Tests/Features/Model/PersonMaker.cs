namespace Personalization.Tests.Features.Model;

/// <summary>Random people, on times that meet the windows of <see cref="ConditionMaker"/> exactly now and then.</summary>
internal sealed class PersonMaker(Random random)
{
    private const long Tick = 30_000;

    public Person Next(int maxEvents, long nowMs) => new()
    {
        Events = [.. Enumerable.Range(0, random.Next(maxEvents + 1)).Select(place => Event(place, nowMs - (Tick * random.Next(130))))],
        Traits = Traits(nowMs),
        IsIn = Coin("in"),
        IsOn = Coin("on"),
        Grants = Coin("grants"),
    };

    public PastEvent Event(long place, long timeMs)
    {
        var name = Pick(ConditionMaker.Events);
        var lines = Enumerable.Range(0, name == "Tent Pitched" ? 0 : name == "Order Completed" ? random.Next(3) : 1).Select(_ => Line()).ToList();
        var properties = new Dictionary<string, object?>();
        Sometimes(() => properties["colour"] = random.Next(8) == 0 ? 3d : Pick(ConditionMaker.Colours));
        Sometimes(() => properties["size"] = random.Next(8) == 0 ? true : (double)random.Next(4));
        Sometimes(() => properties["context.device.type"] = Pick(["mobile", "desktop"]));
        return new PastEvent(timeMs, place, name) { Lines = lines, Properties = properties, Revenue = name == "Order Completed" ? random.Next(1, 200) / 4.0 : null };
    }

    public Dictionary<string, PastTrait> Traits(long nowMs)
    {
        var traits = new Dictionary<string, PastTrait>();
        Sometimes(() => traits["plan"] = new PastTrait(Pick(ConditionMaker.Plans), 0, 0, random.Next(2) == 0 ? long.MaxValue : nowMs + (Tick * random.Next(-3, 10))));
        Sometimes(() => traits["level"] = new PastTrait(random.Next(6) == 0 ? "high" : (double)random.Next(4), 0, 0));
        Sometimes(() => traits["renews"] = new PastTrait((double)(nowMs + (Tick * random.Next(-130, 130))), 0, 0));
        return traits;
    }

    private PastLine Line() => new(
        "item-" + random.Next(4),
        random.Next(4) == 0 ? null : Pick(ConditionMaker.Categories),
        Brand: null,
        random.Next(5) == 0 ? null : random.Next(1, 120) / 4.0,
        random.Next(1, 3));

    /// <summary>Whether, by name: chance, but always the same answer.</summary>
    private Func<string, bool> Coin(string about)
    {
        var seed = random.Next();
        return name => new Random(HashCode(about + name) ^ seed).Next(2) == 0;
    }

    private static int HashCode(string text) => text.Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter));

    private void Sometimes(Action then)
    {
        if (random.Next(2) == 0)
        {
            then();
        }
    }

    private T Pick<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];
}
