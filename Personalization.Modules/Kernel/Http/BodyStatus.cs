namespace Personalization.Kernel.Http;

/// <summary>How reading a request's body ended.</summary>
internal enum BodyStatus : byte
{
    Read,

    /// <summary>More bytes than allowed, encoded or decoded: 413.</summary>
    TooLarge,

    /// <summary>A <c>Content-Encoding</c> other than gzip, deflate, br or identity: 415.</summary>
    UnknownEncoding,

    /// <summary>The compressed data are damaged or end too early, or the request itself does: 400.</summary>
    Damaged,

    /// <summary>It came too slowly for the server's patience: 408, and whoever sent it tries again.</summary>
    TooSlow,

    /// <summary>The client has closed the connection: nobody hears an answer.</summary>
    ClientGone,
}
