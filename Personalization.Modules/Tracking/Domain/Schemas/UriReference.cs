namespace Personalization.Tracking.Domain.Schemas;

/// <summary>
/// Resolution of references after RFC 3986, section 5.2, on the text as it is. <see cref="Uri"/> rewrites what it reads (escapes, drive
/// letters, cases), and then two spellings of an <c>$id</c> would no longer be two.
/// </summary>
internal readonly record struct UriReference(string? Scheme, string? Authority, string Path, string? Query, string? Fragment)
{
    public static UriReference Parse(string text)
    {
        var (rest, fragment) = Cut(text, '#');
        (rest, var query) = Cut(rest, '?');
        string? scheme = null;
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && char.IsAsciiLetter(rest[0]) && rest.AsSpan(0, colon).IndexOfAnyExcept(SchemeLetters) < 0)
        {
            scheme = rest[..colon].ToLowerInvariant();
            rest = rest[(colon + 1)..];
        }

        string? authority = null;
        if (rest.StartsWith("//", StringComparison.Ordinal))
        {
            var slash = rest.IndexOf('/', 2);
            authority = slash < 0 ? rest[2..] : rest[2..slash];
            rest = slash < 0 ? "" : rest[slash..];
        }

        return new UriReference(scheme, authority, rest, query, fragment);
    }

    /// <summary>The target of a reference that stands at a place with this base; its fragment is kept.</summary>
    public static string Resolve(string baseUri, string reference)
    {
        var to = Parse(reference);
        if (to.Scheme is not null)
        {
            return (to with { Path = WithoutDots(to) }).ToString();
        }

        var origin = Parse(baseUri);
        if (to.Authority is not null)
        {
            return (to with { Scheme = origin.Scheme, Path = WithoutDots(to) }).ToString();
        }

        var target = to.Path switch
        {
            "" => origin with { Query = to.Query ?? origin.Query },
            ['/', ..] => origin with { Path = WithoutDots(to), Query = to.Query },
            _ => origin with { Path = RemoveDots(Merge(origin, to.Path)), Query = to.Query },
        };
        return (target with { Fragment = to.Fragment }).ToString();
    }

    /// <summary>The address before the fragment, and the fragment without its escapes.</summary>
    public static (string Document, string Fragment) Split(string uri)
    {
        var (document, fragment) = Cut(uri, '#');
        return (document, fragment is null ? "" : Uri.UnescapeDataString(fragment));
    }

    public override string ToString() =>
        (Scheme is null ? "" : Scheme + ":") + (Authority is null ? "" : "//" + Authority) + Path +
        (Query is null ? "" : "?" + Query) + (Fragment is null ? "" : "#" + Fragment);

    private static readonly System.Buffers.SearchValues<char> SchemeLetters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

    private static (string Before, string? After) Cut(string text, char mark)
    {
        var at = text.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }

    private static string Merge(UriReference origin, string path) =>
        origin.Authority is not null && origin.Path.Length == 0 ? "/" + path : origin.Path[..(origin.Path.LastIndexOf('/') + 1)] + path;

    /// <summary>A path without a hierarchy, such as a URN's, has no dots to remove.</summary>
    private static string WithoutDots(UriReference uri) => uri.Path.StartsWith('/') ? RemoveDots(uri.Path) : uri.Path;

    private static string RemoveDots(string path)
    {
        var kept = new List<string>();
        var segments = path.Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            var isLast = i == segments.Length - 1;
            if (segments[i] is "." or "..")
            {
                if (segments[i] == ".." && kept.Count > (path.StartsWith('/') ? 1 : 0))
                {
                    kept.RemoveAt(kept.Count - 1);
                }

                if (isLast)
                {
                    kept.Add("");
                }
            }
            else
            {
                kept.Add(segments[i]);
            }
        }

        return string.Join('/', kept);
    }
}
