namespace Personalization.Features.Domain.History;

/// <summary>
/// Names of events and their dense numbers, given in log order. Names of the taxonomy stand for their aliases (<c>Product Viewed</c>,
/// <c>product_viewed</c> and <c>product_view</c> are one); calls without a name are <c>$identify</c>, <c>$page</c>, <c>$screen</c>,
/// <c>$group</c> and <c>$alias</c>.
/// </summary>
internal interface IEventNames
{
    /// <summary>The number of a name as anybody may write it, or -1 when no event of that name ever came and nothing was defined with it.</summary>
    int Find(ReadOnlySpan<char> name);

    /// <summary>The canonical name.</summary>
    string this[int number] { get; }

    int Count { get; }
}

/// <summary>
/// Which properties and context values of events are kept with a profile: those that are configured, and those that a definition names, from
/// then on. Paths as in JSON with dots: <c>color</c>, <c>shipping.method</c>, <c>context.device.type</c>, <c>context.campaign.source</c>.
/// </summary>
internal interface IKeptProperties
{
    /// <summary>The number of a path, or -1 when it is not kept.</summary>
    int Find(ReadOnlySpan<char> path);

    string this[int key] { get; }

    /// <summary>Place in the log from which on a property is kept; events before it do not have it.</summary>
    long SinceOffset(int key);

    /// <summary>How many more can be kept.</summary>
    int Free => int.MaxValue;

    /// <summary>Keeps a property from now on, and returns its number; -1 when too many are kept. Sequencer's thread, at a place of the log.</summary>
    int Keep(string path);
}
