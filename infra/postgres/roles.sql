-- The login of api and worker for the compose set. It is a member of the application's role and owns nothing.
create role guildhall_app nologin;
create role guildhall_web login password 'guildhall' in role guildhall_app;
