namespace Personalization.Features.Domain.Segments;

/// <summary>Named lists of people. Memory only; any thread.</summary>
internal interface IPeopleLists
{
    /// <summary>The number of a list that was ever defined, or -1.</summary>
    int Find(ReadOnlySpan<char> id);

    bool Contains(int list, int profileId);
}

/// <summary>There are none.</summary>
internal sealed class NoLists : IPeopleLists
{
    public int Find(ReadOnlySpan<char> id) => -1;

    public bool Contains(int list, int profileId) => false;
}
