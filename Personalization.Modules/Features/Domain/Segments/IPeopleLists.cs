namespace Personalization.Features.Domain.Segments;

/// <summary>Named lists of people. Memory only; any thread.</summary>
internal interface IPeopleLists
{
    /// <summary>The number of a list, or -1 when there is none of that name.</summary>
    int Find(ReadOnlySpan<char> id);

    bool Contains(int list, int profileId);
}
