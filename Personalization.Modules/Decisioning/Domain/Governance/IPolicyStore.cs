namespace Personalization.Decisioning.Domain.Governance;

/// <summary>Keeps policies on disk.</summary>
internal interface IPolicyStore
{
    IReadOnlyList<PolicyState> LoadAll();

    PolicyVersion? Find(string id, int version);

    IReadOnlyList<PolicyVersion> Versions(string id);

    void Add(PolicyVersion version);

    /// <returns>False when the change has been made before.</returns>
    bool Activate(PolicyActivation activation);
}
